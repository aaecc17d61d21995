/**
 * `fluxo balance`: one merchant's balance on one business day, asked of the query API as any front end would, and printed for
 * people (or as the API's own document with `--json`). It computes nothing: every figure stands in the answer.
 */
import type { AmountsBody, BalanceBody } from '@fluxo/schemas';
import type { Command } from 'commander';
import { examples, isoDate, merchantIdNamed } from '../arguments.ts';
import { formatMinor } from '../money-text.ts';
import { QueryApi } from '../query-api.ts';
import { ResultWriter } from '../result-writer.ts';
import { addressesOf, apiAccess } from '../stack-connection.ts';
import { type Row, tableOf } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type BalanceOptions = { readonly json?: true };

export function addBalance(program: Command, terminal: Terminal): void {
  program
    .command('balance')
    .summary("show a merchant's balance on a day")
    .description(
      'Asks the query API for the balance of a merchant on a business day and shows it with the revision it is of. Without a date: the ' +
        'latest day on which something was booked.',
    )
    .argument('<merchant>', 'id of the merchant', merchantIdNamed)
    .argument('[date]', 'business day, YYYY-MM-DD', isoDate)
    .option('--json', "print the API's document as JSON; amounts are integers of minor units")
    .addHelpText('after', examples('fluxo balance sim-0001', 'fluxo balance sim-0001 2026-11-23 --json'))
    .action((merchantId: string, date: string | undefined, options: BalanceOptions) =>
      showBalance({ merchantId, date: date ?? 'latest' }, options, terminal),
    );
}

type Question = { readonly merchantId: string; readonly date: string };

async function showBalance(
  { merchantId, date }: Question,
  options: BalanceOptions,
  terminal: Terminal,
): Promise<void> {
  const api = new QueryApi(addressesOf(terminal).queryApi, apiAccess(terminal), terminal.signal);
  const body = await api.get(`/v1/merchants/${encodeURIComponent(merchantId)}/balances/${date}`);
  const out = new ResultWriter(terminal.stdout);
  if (options.json === true) await out.json(body);
  else await out.lines(balanceText(body as BalanceBody));
}

/** The document as lines for people. */
export function balanceText(balance: BalanceBody): readonly string[] {
  return [
    `${balance.merchantId} on ${balance.businessDate}: ${balance.status}${balance.materialized ? '' : ', nothing booked on this day'}`,
    calendarText(balance),
    revisionText(balance),
    ...section(
      ['account', 'opening', 'credits', 'debits', 'closing', 'entries'],
      [
        ...balance.accounts.map((account) => amountsRow(`${account.accountId} ${account.currency}`, account)),
        ...balance.totals.map((total) => amountsRow(`total ${total.currency}`, total)),
      ],
    ),
    ...section(
      ['by kind', 'credits', 'debits', 'entries'],
      balance.byKind.map((share) => shareRow(share.kind, share)),
    ),
    ...section(
      ['by method', 'credits', 'debits', 'entries'],
      balance.byMethod.map((share) => shareRow(share.paymentMethod, share)),
    ),
  ];
}

function calendarText({ zone, cutoffMinutes, dayStart }: BalanceBody): string {
  const cutoff = `${pad(Math.floor(cutoffMinutes / 60))}:${pad(cutoffMinutes % 60)}`;
  return `The day starts at ${cutoff} in ${zone}${dayStart === null ? '' : ` (${dayStart})`}.`;
}

function revisionText({ revision, recordedAt, chainHead }: BalanceBody): string {
  if (recordedAt === null) return 'Nothing has been booked up to this day (revision 0).';
  return `Revision ${revision}, recorded ${recordedAt}, chain head ${chainHead.slice(0, 16)}…`;
}

function section(heading: Row, rows: readonly Row[]): readonly string[] {
  return rows.length === 0 ? [] : ['', ...tableOf([heading, ...rows])];
}

function amountsRow(name: string, amounts: AmountsBody): Row {
  const { currency, openingMinor, creditsMinor, debitsMinor, closingMinor, creditCount, debitCount } =
    amounts;
  const figures = [openingMinor, creditsMinor, debitsMinor, closingMinor];
  return [name, ...figures.map((minor) => formatMinor(minor, currency)), String(creditCount + debitCount)];
}

type Share = Pick<BalanceBody['byKind'][number], 'currency' | 'creditsMinor' | 'debitsMinor' | 'count'>;

function shareRow(name: string, { currency, creditsMinor, debitsMinor, count }: Share): Row {
  return [
    `${name} ${currency}`,
    formatMinor(creditsMinor, currency),
    formatMinor(debitsMinor, currency),
    String(count),
  ];
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
