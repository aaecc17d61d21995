/**
 * A source file as the rules of the house see it: its code without comments and without what stands inside string literals
 * (so that a word in a message is no finding), its comments, and its imports. One pass over the characters, every view as
 * long as the file, so that a place in one is the same place in all. It is no parser: it knows as much of the language as is
 * needed to tell code, text and comments apart.
 */
export type Import = {
  /** What stands in quotes. */
  readonly specifier: string;
  /** Only types: gone when the program runs. */
  readonly isTypeOnly: boolean;
  readonly line: number;
};

export type SourceText = {
  /** Path from the root of the checkout, with slashes. */
  readonly path: string;
  readonly text: string;
  /** Comments and the inside of string literals are blank. */
  readonly code: string;
  /** Comments are blank, string literals are not. */
  readonly codeWithStrings: string;
  /** Everything but comments is blank. */
  readonly comments: string;
  readonly imports: readonly Import[];
};

type Kind = 'code' | 'string' | 'comment';

/** After one of these (or at the start) a slash begins a regular expression, after anything else it divides. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|await|yield))\s*$/;

export function readSource(path: string, text: string): SourceText {
  const kinds = kindsOf(text);
  const only = (...kept: readonly Kind[]): string => blankExcept(text, kinds, new Set(kept));
  const code = only('code');
  return {
    path,
    text,
    code,
    codeWithStrings: only('code', 'string'),
    comments: only('comment'),
    imports: importsOf(code, text),
  };
}

/** The line, counted from 1, on which this place of the text is. */
export function lineAt(text: string, place: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < place; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** A stretch of the text: where it ends, and what it is. */
type Stretch = { end: number; readonly kind: Kind };

function kindsOf(text: string): readonly Stretch[] {
  const scanner = new Scanner(text);
  while (!scanner.isDone) scanner.step();
  return scanner.stretches;
}

/** Walks over the text once; each step takes a comment, a string literal or one character of code. */
class Scanner {
  readonly stretches: Stretch[] = [];
  readonly #text: string;
  #at = 0;
  #depth = 0;
  /** Depth of braces at which each open `${` of a template ends. */
  readonly #templates: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  get isDone(): boolean {
    return this.#at >= this.#text.length;
  }

  step(): void {
    const text = this.#text;
    const at = this.#at;
    const char = text[at] as string;
    if (text.startsWith('//', at)) this.#take(endOf(text, '\n', at), 'comment');
    else if (text.startsWith('/*', at)) this.#take(endOf(text, '*/', at + 2) + 2, 'comment');
    else if (char === "'" || char === '"') this.#takeQuoted(char);
    else if (char === '`') this.#takeTemplate();
    else if (char === '}' && this.#templates.at(-1) === this.#depth) {
      this.#templates.pop();
      this.#takeTemplate();
    } else if (char === '/' && BEFORE_REGEX.test(text.slice(Math.max(0, at - 40), at)))
      this.#take(endOfRegex(text, at), 'string');
    else this.#takeCode(char);
  }

  #take(end: number, kind: Kind): void {
    const last = this.stretches.at(-1);
    if (last?.kind === kind) last.end = end;
    else this.stretches.push({ end, kind });
    this.#at = end;
  }

  #takeCode(char: string): void {
    if (char === '{') this.#depth += 1;
    if (char === '}') this.#depth -= 1;
    this.#take(this.#at + 1, 'code');
  }

  /** The quotes stay code, so that an import can be seen in code alone. */
  #takeQuoted(quote: string): void {
    this.#take(this.#at + 1, 'code');
    this.#take(endOfQuoted(this.#text, this.#at, quote), 'string');
    this.#take(this.#at + 1, 'code');
  }

  /** From a backtick, or from the brace behind an expression inside a template, to the next of either. */
  #takeTemplate(): void {
    const end = endOfTemplate(this.#text, this.#at + 1);
    if (this.#text.startsWith('${', end - 2)) this.#templates.push(this.#depth);
    this.#take(end, 'string');
  }
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end === -1 ? text.length : end;
}

/** Where the closing quote stands. */
function endOfQuoted(text: string, from: number, quote: string): number {
  let at = from;
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** Behind the closing backtick, or behind the next `${`. */
function endOfTemplate(text: string, from: number): number {
  for (let at = from; at < text.length; at += text[at] === '\\' ? 2 : 1) {
    if (text[at] === '`') return at + 1;
    if (text.startsWith('${', at)) return at + 2;
  }
  return text.length;
}

/** Behind the closing slash; a slash inside brackets closes nothing. */
function endOfRegex(text: string, from: number): number {
  let isInClass = false;
  for (let at = from + 1; at < text.length && text[at] !== '\n'; at += 1) {
    const char = text[at];
    if (char === '\\') at += 1;
    else if (char === '[') isInClass = true;
    else if (char === ']') isInClass = false;
    else if (char === '/' && !isInClass) return at + 1;
  }
  return from + 1;
}

function blankExcept(text: string, stretches: readonly Stretch[], kept: ReadonlySet<Kind>): string {
  let result = '';
  let start = 0;
  for (const { end, kind } of stretches) {
    const part = text.slice(start, end);
    result += kept.has(kind) ? part : part.replaceAll(/[^\n]/g, ' ');
    start = end;
  }
  return result;
}

/** In code the specifier itself is blank, but as long as it was. */
const IMPORT =
  /\b(?:(?:import|export)(?<isType>\s+type\b)?[^;'"()]*?\bfrom\s*|import\s*\(?\s*)(?<quote>['"])(?<blank>[^'"]*)\k<quote>/g;

function importsOf(code: string, text: string): readonly Import[] {
  return [...code.matchAll(IMPORT)].map((match) => {
    const end = match.index + match[0].length - 1;
    const start = end - (match.groups?.['blank'] ?? '').length;
    return {
      specifier: text.slice(start, end),
      isTypeOnly: match.groups?.['isType'] !== undefined,
      line: lineAt(text, start),
    };
  });
}
