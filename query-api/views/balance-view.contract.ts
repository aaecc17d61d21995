/**
 * What every view must do, as a suite that each adapter's test runs (style.md: adapters of one port share one contract suite).
 * The suite speaks of records in topics; how they get into the view is the adapter's business.
 */

import { type DailyBalance, formatDate, type Merchant } from '@fluxo/schemas';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Answer, BalanceView, MerchantDays, StoredDay } from './balance-view.ts';
import { aBalance, aMerchant, dayOf } from './view-fixtures.ts';

export type Harness = {
  readonly view: BalanceView;
  /** Publishes records in this order and returns when the view has taken them. */
  readonly publish: (records: {
    merchants?: readonly Merchant[];
    balances?: readonly DailyBalance[];
  }) => Promise<void>;
  /** From now on the view holds all there is; before, it must not conclude from absence. */
  readonly complete: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export function balanceViewContract(name: string, open: () => Promise<Harness>): void {
  describe(`${name} as a balance view`, () => {
    let harness: Harness;
    beforeEach(async () => {
      harness = await open();
    });
    afterEach(async () => harness.close());

    test('while it is being built it says so, whatever it holds', async () => {
      await harness.publish({
        merchants: [aMerchant()],
        balances: [aBalance({ businessDate: dayOf('2026-03-01') })],
      });
      const { view } = harness;
      const range = { from: dayOf('2026-03-01'), to: dayOf('2026-03-01') };
      expect(await view.merchant('m-1')).toEqual({ kind: 'incomplete' });
      expect(await view.merchant('m-2')).toEqual({ kind: 'incomplete' });
      expect(await view.days('m-1', range)).toEqual({ kind: 'incomplete' });
      expect(await view.latest('m-1')).toEqual({ kind: 'incomplete' });
    });

    test('a merchant nobody configured is unknown, also when days of it have arrived', async () => {
      await harness.publish({ balances: [aBalance({ merchantId: 'm-2' })] });
      await harness.complete();
      expect(await harness.view.merchant('m-2')).toEqual({ kind: 'unknown' });
      expect(await harness.view.latest('m-2')).toEqual({ kind: 'unknown' });
      expect(await harness.view.days('m-3', { from: 0, to: 1 })).toEqual({ kind: 'unknown' });
    });

    test('a known merchant without documents has no days', async () => {
      await harness.publish({ merchants: [aMerchant({ revision: 4 })] });
      await harness.complete();
      const nothing = {
        kind: 'known',
        head: 4,
        value: { merchant: aMerchant({ revision: 4 }), days: [], before: null },
      };
      expect(await harness.view.latest('m-1')).toEqual(nothing);
      expect(await harness.view.days('m-1', { from: 20_000, to: 20_399 })).toEqual(nothing);
      expect(await harness.view.merchant('m-1')).toEqual({
        kind: 'known',
        head: 4,
        value: aMerchant({ revision: 4 }),
      });
    });

    test('gives the days of a range, both ends included, and the latest before it', async () => {
      const dates = ['2026-03-05', '2026-02-27', '2026-03-01', '2026-03-09', '2026-02-20'];
      const balances = dates.map((date, index) =>
        aBalance({ businessDate: dayOf(date), revision: index + 2 }),
      );
      await harness.publish({ merchants: [aMerchant()], balances });
      await harness.complete();
      const found = async (from: string, to: string) =>
        summary(await harness.view.days('m-1', { from: dayOf(from), to: dayOf(to) }));
      expect(await found('2026-03-01', '2026-03-05')).toEqual({
        days: ['2026-03-01 r4', '2026-03-05 r2'],
        before: '2026-02-27 r3',
      });
      expect(await found('2026-03-02', '2026-03-04')).toEqual({ days: [], before: '2026-03-01 r4' });
      expect(await found('2026-02-20', '2026-02-20')).toEqual({ days: ['2026-02-20 r6'], before: null });
      expect(await found('2025-01-01', '2025-12-31')).toEqual({ days: [], before: null });
      expect(summary(await harness.view.latest('m-1'))).toEqual({ days: ['2026-03-09 r5'], before: null });
    });

    test('gives documents as they were published', async () => {
      const document = aBalance({ businessDate: dayOf('2026-03-01'), revision: 9_007_199_254_740_991 });
      await harness.publish({ merchants: [aMerchant()], balances: [document] });
      await harness.complete();
      const answer = await harness.view.latest('m-1');
      expect(answer).toMatchObject({ kind: 'known', head: 9_007_199_254_740_991 });
      expect(plain((answer as Extract<typeof answer, { kind: 'known' }>).value.days[0]?.read())).toEqual(
        plain(document),
      );
    });

    test('keeps merchants apart', async () => {
      await harness.publish({
        merchants: [aMerchant(), aMerchant({ merchantId: 'm-10' })],
        balances: [aBalance({ revision: 3 }), aBalance({ merchantId: 'm-10', revision: 5 })],
      });
      await harness.complete();
      expect(summary(await harness.view.latest('m-1')).days).toEqual(['2026-03-01 r3']);
      expect(summary(await harness.view.latest('m-10')).days).toEqual(['2026-03-01 r5']);
    });

    test('after any interleaving of redeliveries every key shows its greatest revision (I6, I14)', async () => {
      await harness.complete();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(writes, { minLength: 1, maxLength: 40 }), async (all) => {
          const merchantId = `p-${++run}`;
          const balances = all.map(([day, revision]) =>
            aBalance({ merchantId, businessDate: 20_000 + day, revision }),
          );
          await harness.publish({ merchants: [aMerchant({ merchantId, revision: 1 })], balances });
          const greatest = new Map<number, number>();
          for (const [day, revision] of all)
            greatest.set(20_000 + day, Math.max(revision, greatest.get(20_000 + day) ?? 0));
          const expected = [...greatest].toSorted(([a], [b]) => a - b);
          const answer = await harness.view.days(merchantId, { from: 20_000, to: 20_010 });
          if (answer.kind !== 'known') throw new Error(`expected ${merchantId} to be known`);
          expect(answer.value.days.map((day) => [day.businessDate, day.revision])).toEqual(expected);
          expect(answer.value.days.map((day) => day.read().revision)).toEqual(
            expected.map(([, revision]) => revision),
          );
          expect(answer.head).toBe(Math.max(...all.map(([, revision]) => revision)));
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** A day and a revision; revisions crowd where a comparison as text without padding, or as a double, would go wrong. */
const writes = fc.tuple(
  fc.integer({ min: 0, max: 4 }),
  fc.oneof(
    fc.integer({ min: 1, max: 120 }),
    fc.integer({ min: Number.MAX_SAFE_INTEGER - 3, max: Number.MAX_SAFE_INTEGER }),
  ),
);

function summary(answer: Answer<MerchantDays>): { days: readonly string[]; before: string | null } {
  if (answer.kind !== 'known') throw new Error(`expected a known merchant, got ${answer.kind}`);
  const { days, before } = answer.value;
  return { days: days.map(dayText), before: before === null ? null : dayText(before) };
}

function dayText(day: StoredDay): string {
  return `${formatDate(day.businessDate)} r${day.revision}`;
}

/** Without the classes that decoding gives to records and bytes. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, each) => (each instanceof Uint8Array ? [...each] : each)));
}
