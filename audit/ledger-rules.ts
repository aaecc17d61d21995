/**
 * What the ledger must keep to whatever the submissions were: at most one reversal per entry (I8), both legs of a transfer, equal and
 * opposite (I9), no posting on a closed day (I13). Looked at in what was found alone, so that a mistake which the processor and
 * the recount share still shows. (I5 and the chain are `ledger-chain.ts`.)
 */
import type { EntryPosted } from '@fluxo/schemas';
import type { FieldDifference } from './difference.ts';
import type { OutputEvent, OutputRecord } from './output-cursor.ts';

export type RuleBreach = FieldDifference & { readonly merchantId: string; readonly ledgerSeq: number };

type Standing = { closedThrough: number | null; readonly reversed: Set<string> };

export class LedgerRules {
  readonly #merchants = new Map<string, Standing>();

  /** Takes the next records of one submission; `isWhole` is false if the end of what is read may have cut some off. */
  take(records: readonly OutputRecord[], isWhole: boolean): readonly RuleBreach[] {
    const breaches = records.flatMap(({ event }) => this.#breachesOf(event));
    return isWhole ? [...breaches, ...legBreaches(records)] : breaches;
  }

  #breachesOf(event: OutputEvent): readonly RuleBreach[] {
    if (event.type === 'SubmissionRejected') return [];
    const standing = this.#standingOf(event.value.merchantId);
    if (event.type === 'DayClosed') standing.closedThrough = event.value.businessDate;
    if (event.type === 'DayReopened') standing.closedThrough = event.value.businessDate - 1;
    if (event.type !== 'EntryPosted') return [];
    const { closedThrough } = standing;
    return [
      ...(closedThrough !== null && event.value.businessDate <= closedThrough
        ? [
            breach(
              event.value,
              'businessDate (I13)',
              `later than day ${closedThrough}`,
              event.value.businessDate,
            ),
          ]
        : []),
      ...reversalBreaches(event.value, standing.reversed),
    ];
  }

  #standingOf(merchantId: string): Standing {
    const known = this.#merchants.get(merchantId);
    if (known !== undefined) return known;
    const standing = { closedThrough: null, reversed: new Set<string>() };
    this.#merchants.set(merchantId, standing);
    return standing;
  }
}

/** A transfer is reversed leg by leg, so a leg is what is reversed once. An id that is posted anew, after its time, is a new entry. */
function reversalBreaches(posted: EntryPosted, reversed: Set<string>): readonly RuleBreach[] {
  if (posted.reversesEntryId === null) {
    for (const leg of ['SINGLE', 'FROM', 'TO']) reversed.delete(`${posted.entryId} ${leg}`);
    return [];
  }
  const original = `${posted.reversesEntryId} ${posted.leg}`;
  if (reversed.has(original))
    return [breach(posted, 'reversesEntryId (I8)', 'an entry not reversed yet', posted.reversesEntryId)];
  reversed.add(original);
  return [];
}

/** Legs of one submission: one SINGLE, or FROM and TO that are equal and opposite. */
function legBreaches(records: readonly OutputRecord[]): readonly RuleBreach[] {
  const legs = records.map(({ event }) => event.value).filter((value) => 'leg' in value);
  const [first, second] = legs;
  if (first === undefined || (first.leg === 'SINGLE' && second === undefined)) return [];
  const isPair =
    legs.length === 2 &&
    second !== undefined &&
    `${first.leg} ${second.leg}` === 'FROM TO' &&
    first.amountMinor === second.amountMinor &&
    first.currency === second.currency &&
    first.businessDate === second.businessDate &&
    first.direction !== second.direction;
  if (isPair) return [];
  const found = legs.map((leg) => `${leg.leg} ${leg.direction} ${leg.amountMinor}`).join(', ');
  return [breach(first, 'legs (I9)', 'one SINGLE, or FROM and TO, equal and opposite', found)];
}

function breach(
  { merchantId, ledgerSeq }: EntryPosted,
  field: string,
  expected: string,
  found: string | number,
): RuleBreach {
  return { merchantId, ledgerSeq, field, expected, found };
}
