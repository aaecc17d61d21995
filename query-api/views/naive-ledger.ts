/**
 * The ledger view in the plainest way: an array of records, filtered and added up for every question. What tests hold the real one against,
 * and what tests of routes stand on. It knows no paging but slicing, and no index.
 */
import { type AccountBalanceBody, type AmountsBody, type AvroRecords, formatDate } from '@fluxo/schemas';
import type {
  DayFound,
  EntriesFound,
  EntriesQuestion,
  EntryFilter,
  EntryFound,
  KnownAt,
  KnownBalance,
  LedgerAnswer,
  LedgerView,
  ProvenEntry,
} from './ledger-view.ts';

type LedgerName = 'EntryPosted' | 'DayClosed' | 'DayReopened' | 'MerchantConfigApplied';

export type LedgerRecord = {
  readonly [Name in LedgerName]: {
    readonly type: Name;
    readonly value: AvroRecords[Name];
    readonly partition: number;
  };
}[LedgerName];

export class NaiveLedger implements LedgerView {
  /** In the order of the ledger, of any number of merchants. */
  readonly records: LedgerRecord[] = [];

  async entries(
    merchantId: string,
    { filter, before, limit }: EntriesQuestion,
  ): Promise<LedgerAnswer<EntriesFound>> {
    const fitting = this.#entriesOf(merchantId)
      .filter((entry) => before === null || entry.ledgerSeq < before)
      .filter((entry) => fits(entry, filter))
      .map(({ proof: _proof, ...entry }) => entry)
      .toReversed();
    const entries = fitting.slice(0, limit);
    const next = fitting.length > limit ? (entries.at(-1)?.ledgerSeq ?? null) : null;
    return this.#answer(merchantId, { entries, next });
  }

  async entry(merchantId: string, entryId: string): Promise<LedgerAnswer<EntryFound>> {
    const all = this.#entriesOf(merchantId);
    return this.#answer(merchantId, {
      legs: all.filter((entry) => entry.entryId === entryId),
      reversedBy: all.filter((entry) => entry.reversesEntryId === entryId),
    });
  }

  async day(merchantId: string, businessDate: string): Promise<LedgerAnswer<DayFound>> {
    const events = this.#recordsOf(merchantId).flatMap((record): DayFound['events'][number][] => {
      if (record.type !== 'DayClosed' && record.type !== 'DayReopened') return [];
      if (formatDate(record.value.businessDate) !== businessDate) return [];
      const { requestId, ledgerSeq, requestedBy } = record.value;
      const recordedAt = new Date(record.value.recordedAt).toISOString();
      return [
        {
          type: record.type,
          requestId,
          ledgerSeq,
          recordedAt,
          requestedBy,
          reason: record.type === 'DayReopened' ? record.value.reason : null,
          accounts: record.type === 'DayClosed' ? record.value.accounts : [],
        },
      ];
    });
    const entryCount = this.#entriesOf(merchantId).filter(
      (entry) => entry.businessDate === businessDate,
    ).length;
    return this.#answer(merchantId, { entryCount, events });
  }

  async balance(
    merchantId: string,
    businessDate: string,
    knownAt: KnownAt,
  ): Promise<LedgerAnswer<KnownBalance>> {
    const all = this.#recordsOf(merchantId);
    const last = 'ledgerSeq' in knownAt ? knownAt.ledgerSeq : lastAt(all, knownAt.instantMs);
    const known = new NaiveLedger();
    known.records.push(...all.filter(({ value }) => value.ledgerSeq <= last));
    return this.#answer(merchantId, known.#balanceNow(merchantId, businessDate));
  }

  #balanceNow(merchantId: string, businessDate: string): KnownBalance {
    const upTo = this.#entriesOf(merchantId).filter((entry) => entry.businessDate <= businessDate);
    const today = upTo.filter((entry) => entry.businessDate === businessDate);
    const before = upTo.filter((entry) => entry.businessDate < businessDate);
    const last = upTo.at(-1);
    let closedThrough: string | null = null;
    for (const { type, value } of this.#recordsOf(merchantId))
      if (type === 'DayClosed') closedThrough = formatDate(value.businessDate);
      else if (type === 'DayReopened') closedThrough = formatDate(value.businessDate - 1);
    const accounts = groups(upTo, ({ accountId }) => accountId).map(
      ([accountId, entries]): AccountBalanceBody => ({ accountId, ...amounts(entries, businessDate) }),
    );
    return {
      materialized: today.length > 0,
      revision: last?.ledgerSeq ?? 0,
      chainHead: last?.proof.hash ?? '0'.repeat(64),
      recordedAt: last?.recordedAt ?? null,
      accounts,
      totals: groups(upTo, ({ currency }) => currency).map(([, entries]) => amounts(entries, businessDate)),
      byKind: groups(today, ({ currency, kind }) => `${currency} ${kind}`).map(([, entries]) => ({
        currency: (entries[0] as ProvenEntry).currency,
        kind: (entries[0] as ProvenEntry).kind,
        ...share(entries),
      })),
      byMethod: groups(today, ({ currency, paymentMethod }) => `${currency} ${paymentMethod}`).map(
        ([, entries]) => ({
          currency: (entries[0] as ProvenEntry).currency,
          paymentMethod: (entries[0] as ProvenEntry).paymentMethod,
          ...share(entries),
        }),
      ),
      carriedFrom:
        before.length === 0
          ? null
          : {
              businessDate: before
                .map((entry) => entry.businessDate)
                .toSorted()
                .at(-1) as string,
              revision: (before.at(-1) as ProvenEntry).ledgerSeq,
            },
      closedThrough,
    };
  }

  #answer<Value>(merchantId: string, value: Value): LedgerAnswer<Value> {
    const last = this.#recordsOf(merchantId).at(-1);
    if (last === undefined) return { head: { ledgerSeq: 0, recordedAt: null }, value };
    const { ledgerSeq, recordedAt } = last.value;
    return { head: { ledgerSeq, recordedAt: new Date(recordedAt).toISOString() }, value };
  }

  #recordsOf(merchantId: string): readonly LedgerRecord[] {
    return this.records.filter(({ value }) => value.merchantId === merchantId);
  }

  /** An entry is taken back by the first reversal behind it that names it, unless its id came back in between. */
  #entriesOf(merchantId: string): readonly ProvenEntry[] {
    const all = this.#recordsOf(merchantId).flatMap((record) =>
      record.type === 'EntryPosted' ? [provenEntry(record)] : [],
    );
    return all.map((entry) => {
      const later = all.filter(({ ledgerSeq, leg }) => ledgerSeq > entry.ledgerSeq && leg === entry.leg);
      const next = later.find(
        ({ entryId, reversesEntryId }) => entryId === entry.entryId || reversesEntryId === entry.entryId,
      );
      return next?.reversesEntryId === entry.entryId ? { ...entry, reversedByEntryId: next.entryId } : entry;
    });
  }
}

/** Of those recorded by then, the one with the latest time, and of several with it the last. */
function lastAt(records: readonly LedgerRecord[], instantMs: number): number {
  const byThen = records.filter(({ value }) => value.recordedAt <= instantMs);
  return byThen.toSorted((a, b) => a.value.recordedAt - b.value.recordedAt).at(-1)?.value.ledgerSeq ?? 0;
}

function provenEntry({ value, partition }: LedgerRecord & { readonly type: 'EntryPosted' }): ProvenEntry {
  const { prevHash, hash, sourceOffset, source, ...fields } = value;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return {
    ...fields,
    occurredAt: new Date(value.occurredAt).toISOString(),
    submittedAt: new Date(value.submittedAt).toISOString(),
    recordedAt: new Date(value.recordedAt).toISOString(),
    businessDate: formatDate(value.businessDate),
    originalBusinessDate: value.originalBusinessDate === null ? null : formatDate(value.originalBusinessDate),
    reversedByEntryId: null,
    source: { system: source.system, deviceId: source.deviceId, sequence: source.sequence },
    proof: {
      ledgerSeq: value.ledgerSeq,
      partition,
      sourceOffset,
      prevHash: hex(prevHash),
      hash: hex(hash),
    },
  };
}

/** As the API says it: every part that is there must hold. */
function fits(entry: ProvenEntry, filter: EntryFilter): boolean {
  const { businessDates, text, amountMin, amountMax } = filter;
  const holds = (asked: string | null, value: string | null): boolean => asked === null || asked === value;
  const fold = (value: string): string => value.toUpperCase().toLowerCase();
  return (
    (businessDates === null ||
      (entry.businessDate >= businessDates.from && entry.businessDate <= businessDates.to)) &&
    holds(filter.accountId, entry.accountId) &&
    holds(filter.kind, entry.kind) &&
    holds(filter.paymentMethod, entry.paymentMethod) &&
    holds(filter.direction, entry.direction) &&
    holds(filter.externalId, entry.externalId) &&
    (amountMin === null || entry.amountMinor >= amountMin) &&
    (amountMax === null || entry.amountMinor <= amountMax) &&
    (text === null ||
      [entry.description, entry.reason, entry.externalId].some((each) =>
        fold(each ?? '').includes(fold(text)),
      ))
  );
}

function groups(
  entries: readonly ProvenEntry[],
  keyOf: (entry: ProvenEntry) => string,
): (readonly [string, readonly ProvenEntry[]])[] {
  return Object.entries(Object.groupBy(entries, keyOf))
    .map(([key, group]) => [key, group ?? []] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function amounts(entries: readonly ProvenEntry[], businessDate: string): AmountsBody {
  const before = entries.filter((entry) => entry.businessDate < businessDate);
  const today = entries.filter((entry) => entry.businessDate === businessDate);
  const [carried, moved] = [share(before), share(today)];
  const openingMinor = carried.creditsMinor - carried.debitsMinor;
  const { creditsMinor, debitsMinor } = moved;
  return {
    currency: (entries[0] as ProvenEntry).currency,
    openingMinor,
    creditsMinor,
    debitsMinor,
    closingMinor: openingMinor + creditsMinor - debitsMinor,
    creditCount: today.filter(({ direction }) => direction === 'CREDIT').length,
    debitCount: today.filter(({ direction }) => direction === 'DEBIT').length,
  };
}

function share(entries: readonly ProvenEntry[]) {
  const sum = (direction: string): number =>
    entries.reduce((total, entry) => total + (entry.direction === direction ? entry.amountMinor : 0), 0);
  return { creditsMinor: sum('CREDIT'), debitsMinor: sum('DEBIT'), count: entries.length };
}
