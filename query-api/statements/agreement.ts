/**
 * Whether documents and entries of a merchant are of one moment. They reach the tables on two ways and one may be ahead, so a statement is
 * made only where everything agrees: each line adds up (I1), each day opens with what the day before closed with (I2), and on each
 * day the entries come to exactly the credits, debits and counts of the line. Nothing here is shown: what a statement shows is the documents'.
 */
import type { DayLine } from '../views/statement-view.ts';

/** The lines of a day's document; all of them, or those of the accounts asked for. */
export type DocumentLines = { readonly businessDate: string; readonly lines: readonly DayLine[] };

type Movements = Pick<DayLine, 'creditsMinor' | 'debitsMinor' | 'creditCount' | 'debitCount'>;

/** What the entries of an account come to on a day. */
export type DaySum = Pick<DayLine, 'accountId' | 'businessDate'> & Movements;

const NOTHING: Movements = { creditsMinor: 0, debitsMinor: 0, creditCount: 0, debitCount: 0 };

/**
 * The first thing that does not agree, in words; null: everything does. Documents in order of their days, without a gap among those there
 * are; `sums` of all entries on the days from `from` on.
 */
export function disagreementOf(
  documents: readonly DocumentLines[],
  sums: readonly DaySum[],
  from: string,
): string | null {
  return disagreementAmong(documents) ?? disagreementWith(sums, linesSince(documents, from));
}

function linesSince(documents: readonly DocumentLines[], from: string): readonly DayLine[] {
  return documents.filter(({ businessDate }) => businessDate >= from).flatMap(({ lines }) => lines);
}

/** What comes before the first document is not known here, so whatever that one opens with is taken. */
function disagreementAmong(documents: readonly DocumentLines[]): string | null {
  let before: DocumentLines | null = null;
  for (const document of documents) {
    const wrong = document.lines.find((line) => !addsUp(line));
    if (wrong !== undefined) return `${nameOf(wrong)} does not close with what its document adds up to`;
    if (before !== null) {
      const torn = tornBetween(before, document);
      if (torn !== null) return torn;
    }
    before = document;
  }
  return null;
}

/** I1. In whole numbers of any size: what is added up on the way may be larger than what comes of it. */
function addsUp({ openingMinor, creditsMinor, debitsMinor, closingMinor }: DayLine): boolean {
  return BigInt(openingMinor) + BigInt(creditsMinor) - BigInt(debitsMinor) === BigInt(closingMinor);
}

/** I2: every account of the day before is there and opens with what it closed with; another one opens with nothing. */
function tornBetween(before: DocumentLines, document: DocumentLines): string | null {
  const closings = new Map(before.lines.map((line) => [line.accountId, line.closingMinor]));
  for (const line of document.lines) {
    const closing = closings.get(line.accountId) ?? 0;
    closings.delete(line.accountId);
    if (line.openingMinor !== closing)
      return `${nameOf(line)} opens with ${line.openingMinor} where ${before.businessDate} closed with ${closing}`;
  }
  const [lost] = closings.keys();
  return lost === undefined
    ? null
    : `account ${lost} is in the document of ${before.businessDate} and not in that of ${document.businessDate}`;
}

function disagreementWith(sums: readonly DaySum[], lines: readonly DayLine[]): string | null {
  const unmatched = new Map(sums.map((sum) => [nameOf(sum), sum]));
  for (const line of lines) {
    const sum = unmatched.get(nameOf(line)) ?? NOTHING;
    unmatched.delete(nameOf(line));
    if (movementsOf(sum) !== movementsOf(line))
      return `${nameOf(line)} has ${movementsOf(line)} in its document and ${movementsOf(sum)} in the ledger`;
  }
  const [lost] = unmatched.keys();
  return lost === undefined ? null : `${lost} has entries in the ledger and no line in a document`;
}

function nameOf({ accountId, businessDate }: Pick<DayLine, 'accountId' | 'businessDate'>): string {
  return `account ${accountId} on ${businessDate}`;
}

function movementsOf(each: Movements): string {
  return `${each.creditCount} credits of ${each.creditsMinor} and ${each.debitCount} debits of ${each.debitsMinor}`;
}
