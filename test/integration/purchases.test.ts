/**
 * Real sales, end to end: 6,919 purchases of a shop go in through `fluxo import`, and the dollars that come out of the ledger
 * and of the latest balance must be those of the file, added up here from its text. Importing the file again adds nothing.
 * Needs the whole stack, and the data beside the checkout.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fluxo } from '../../testing/fluxo-command.ts';
import { decidingServices, startStack, type TestStack } from '../../testing/stacks.ts';

const file = fileURLToPath(new URL('../../../shared/data/purchases.csv', import.meta.url));
const mapping = fileURLToPath(new URL('../../producers/file-import/mappings/cdnow.json', import.meta.url));
const MERCHANT = (JSON.parse(readFileSync(mapping, 'utf8')) as { merchantId: string }).merchantId;

/** Cents and free purchases, from the text of the file alone. */
function independentTotals(): { cents: bigint; sales: number; free: number } {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  const amounts = lines.map((line) => {
    const [whole = '', fraction = ''] = (line.trim().split(',').at(-1) ?? '').split('.');
    return BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
  });
  const cents = amounts.reduce((sum, amount) => sum + amount, 0n);
  return {
    cents,
    sales: amounts.filter((amount) => amount > 0n).length,
    free: amounts.filter((amount) => amount === 0n).length,
  };
}

(existsSync(file) ? describe : describe.skip)('a file of real purchases', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startStack({ only: decidingServices });
  }, 180_000);
  afterAll(() => stack.destroy(), 60_000);

  type Line = { type: string; value: { code?: string; kind?: string; amountMinor?: number } };

  async function dumped(topic: string): Promise<Line[]> {
    const text = await fluxo(['dump', topic], stack.env);
    return text
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  }

  async function importAndWait(): Promise<void> {
    await fluxo(['import', file, '--map', mapping], stack.env);
    await fluxo(['wait', '--timeout', '120'], stack.env);
  }

  test('every dollar arrives once, every free purchase is refused', async () => {
    const want = independentTotals();
    await importAndWait();
    const postings = (await dumped('ledger')).filter(({ type }) => type === 'EntryPosted');
    expect(postings).toHaveLength(want.sales);
    expect(postings.reduce((sum, { value }) => sum + BigInt(value.amountMinor ?? 0), 0n)).toBe(want.cents);
    const rejections = await dumped('rejections');
    expect(rejections.map(({ value }) => value.code)).toEqual(Array(want.free).fill('amount-out-of-range'));
    const url = `${stack.addresses.queryApi}/v1/merchants/${MERCHANT}/balances/latest`;
    const latest = (await (await fetch(url)).json()) as {
      totals: { closingMinor: number; currency: string }[];
    };
    expect(latest.totals).toHaveLength(1);
    expect(latest.totals[0]).toMatchObject({ currency: 'USD', closingMinor: Number(want.cents) });
  }, 240_000);

  test('importing it again adds nothing', async () => {
    const before = await fluxo(['dump', 'ledger', '--raw'], stack.env);
    await importAndWait();
    expect(await fluxo(['dump', 'ledger', '--raw'], stack.env)).toBe(before);
  }, 240_000);
});
