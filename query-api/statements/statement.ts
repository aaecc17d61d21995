/**
 * A statement (extrato) as a sequence of parts, in the order in which every form writes it. Opening and closing balances are those of the
 * balance documents; while the entries pass they are counted and added up, day by day, and where they do not come to what the document
 * says, the statement ends with an error instead of going on: there is no wrong statement, only one that breaks off.
 */
import type {
  DayStatus,
  Merchant,
  StatementAccountBody,
  StatementDayBody,
  StatementEntryBody,
} from '@fluxo/schemas';
import type { DateSpan } from '../views/ledger-view.ts';
import type { DayLine, StatementReading } from '../views/statement-view.ts';
import { DayTally, StatementBrokenError } from './day-tally.ts';

export type Account = StatementAccountBody & {
  /** Those on which it moved, in order. */
  readonly days: readonly StatementDayBody[];
};

export type Statement = {
  readonly merchantId: string;
  readonly name: string;
  readonly dates: DateSpan;
  readonly asOf: StatementReading['head'];
  /** In order of their ids. */
  readonly accounts: readonly Account[];
};

export type StatementPart =
  | { readonly at: 'start'; readonly statement: Statement }
  | { readonly at: 'account'; readonly account: Account }
  | { readonly at: 'day'; readonly account: Account; readonly day: StatementDayBody }
  | {
      readonly at: 'entries';
      readonly account: Account;
      readonly day: StatementDayBody;
      readonly entries: readonly StatementEntryBody[];
    }
  | { readonly at: 'day-end'; readonly account: Account; readonly day: StatementDayBody }
  | { readonly at: 'account-end'; readonly account: Account }
  | { readonly at: 'end'; readonly statement: Statement };

export type StatementParts = AsyncGenerator<StatementPart>;

/** What a statement shows of the configuration. */
type Configured = Pick<Merchant, 'merchantId' | 'name' | 'accounts'>;

/** What the reading holds, for these accounts or, null, for all that are configured or have moved. */
export function statementOf(
  merchant: Configured,
  { dates, accountId }: { readonly dates: DateSpan; readonly accountId: string | null },
  reading: StatementReading,
): Statement {
  const days = Map.groupBy(reading.lines, (line) => line.accountId);
  const configured = merchant.accounts.map((each) => each.accountId);
  const ids = new Set(
    accountId === null ? [...configured, ...reading.openings.keys(), ...days.keys()] : [accountId],
  );
  return {
    merchantId: merchant.merchantId,
    name: merchant.name,
    dates,
    asOf: reading.head,
    accounts: [...ids]
      .toSorted(byBytes)
      .map((id) => accountOf(merchant, id, { reading, lines: days.get(id) ?? [] })),
  };
}

/** An account of which the configuration here does not know yet is shown under its id. */
function accountOf(
  merchant: Configured,
  accountId: string,
  { reading, lines }: { readonly reading: StatementReading; readonly lines: readonly DayLine[] },
): Account {
  const configured = merchant.accounts.find((each) => each.accountId === accountId);
  const opening = reading.openings.get(accountId);
  const openingMinor = opening?.minor ?? 0;
  const currency = lines[0]?.currency ?? opening?.currency ?? configured?.currency;
  if (currency === undefined)
    throw new Error(`account ${accountId} has no currency: it is in no configuration and no document`);
  return {
    accountId,
    name: configured?.name ?? accountId,
    currency,
    openingMinor,
    closingMinor: lines.at(-1)?.closingMinor ?? openingMinor,
    days: lines.map((line) => dayOf(line, reading.closedThrough)),
  };
}

function dayOf(
  { accountId: _account, currency: _currency, businessDate, ...figures }: DayLine,
  closedThrough: string | null,
): StatementDayBody {
  const status: DayStatus = closedThrough !== null && businessDate <= closedThrough ? 'CLOSED' : 'OPEN';
  return { businessDate, status, ...figures };
}

/** The parts, read page by page as they are taken. Throws `StatementBrokenError` where documents and entries turn out not to agree. */
export async function* partsOf(statement: Statement, reading: StatementReading): StatementParts {
  yield { at: 'start', statement };
  for (const account of statement.accounts) {
    yield { at: 'account', account };
    yield* daysOf(account, reading);
    yield { at: 'account-end', account };
  }
  yield { at: 'end', statement };
}

async function* daysOf(account: Account, reading: StatementReading): StatementParts {
  const [first] = account.days;
  if (first === undefined) return;
  const dates = { from: first.businessDate, to: (account.days.at(-1) as StatementDayBody).businessDate };
  const pending = account.days.values();
  let tally = new DayTally(account, pending.next().value as StatementDayBody);
  yield { at: 'day', account, day: tally.day };
  for await (const page of reading.entries({ accountId: account.accountId, dates })) {
    for (const [businessDate, entries] of Map.groupBy(page, (entry) => entry.businessDate)) {
      while (tally.day.businessDate !== businessDate) {
        yield tally.ended();
        const next = pending.next();
        if (next.done) throw new StatementBrokenError(`entries on ${businessDate}, which no document has`);
        tally = new DayTally(account, next.value);
        yield { at: 'day', account, day: tally.day };
      }
      yield tally.with(entries);
    }
  }
  yield tally.ended();
  if (!pending.next().done) throw new StatementBrokenError(`fewer days in the ledger than in the documents`);
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
