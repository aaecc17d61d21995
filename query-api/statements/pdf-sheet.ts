/**
 * The pages of a statement as a typewriter sees them: a place that moves down, four columns, a new page with the account's head when one is
 * full. Letters are those of the fonts that every reader has, so text is what windows-1252 can say, with a question mark for the rest.
 */
import { inWindows1252 } from './windows-1252.ts';

const MARGIN = 40;
const RIGHT = 555;
const BOTTOM = 800;
const LINE = 12;
/** Where the columns begin: place in the ledger, kind and method, words; the amount ends at the right. */
const COLUMNS = [MARGIN, 100, 250] as const;
const WORDS_WIDTH = 220;
const PLAIN = 'Helvetica';
const BOLD = 'Helvetica-Bold';

export class PdfSheet {
  readonly #document: PDFKit.PDFDocument;
  #y = 0;
  #head: readonly string[] = [];
  #page = 0;

  constructor(document: PDFKit.PDFDocument) {
    this.#document = document;
  }

  newAccount(head: readonly string[]): void {
    this.#head = head;
    this.#newPage();
  }

  heading(text: string): void {
    this.#room(3 * LINE);
    this.#y += LINE / 2;
    this.#text(text, MARGIN, BOLD);
    this.#y += LINE;
  }

  row([place, kind, words, amount]: readonly [string, string, string, string]): void {
    this.#room(LINE);
    this.#text(place, COLUMNS[0], PLAIN);
    this.#text(kind, COLUMNS[1], PLAIN);
    this.#text(this.#fitted(words), COLUMNS[2], PLAIN);
    this.#amount(amount, PLAIN);
    this.#y += LINE;
  }

  balance(name: string, amount: string): void {
    this.#room(LINE);
    this.#text(name, COLUMNS[1], BOLD);
    this.#amount(amount, BOLD);
    this.#y += LINE;
  }

  #room(height: number): void {
    if (this.#y + height > BOTTOM) this.#newPage();
  }

  #newPage(): void {
    this.#page += 1;
    this.#document.addPage();
    this.#y = MARGIN;
    for (const [place, line] of this.#head.entries()) {
      this.#text(line, MARGIN, place === 0 ? BOLD : PLAIN);
      if (place === 0) this.#amount(String(this.#page), PLAIN);
      this.#y += LINE;
    }
    this.#y += LINE / 2;
  }

  #text(text: string, x: number, font: string): void {
    this.#document.font(font, 8).text(inWindows1252(text), x, this.#y, { lineBreak: false });
  }

  #amount(text: string, font: string): void {
    const width = this.#document.font(font, 8).widthOfString(text);
    this.#text(text, RIGHT - width, font);
  }

  /** As much of the words as the column holds. */
  #fitted(words: string): string {
    const text = inWindows1252(words.replaceAll(/\s+/g, ' '));
    const fits = (length: number): boolean =>
      this.#document.font(PLAIN, 8).widthOfString(text.slice(0, length)) <= WORDS_WIDTH;
    let length = Math.min(text.length, WORDS_WIDTH / 2);
    while (!fits(length)) length -= 1 + Math.floor(length / 16);
    return length < text.length ? `${text.slice(0, length)}…` : text;
  }
}
