import { isZoneName } from '@fluxo/domain';
import { describe, expect, test } from '@jest/globals';
import { simulatedMerchant } from './simulated-merchant.ts';
import { type SimulatedSubmission, Simulation } from './simulation.ts';

/** 24 November 2026, 9:00 in São Paulo. */
const MORNING_MS = Date.UTC(2026, 10, 24, 12);
const HOUR_MS = 3_600_000;

/** What is submitted from one time to another, evenly. */
function play(simulation: Simulation, hours: number, count: number): SimulatedSubmission[] {
  return Array.from({ length: count }, (_, n) =>
    simulation.next(MORNING_MS + Math.floor((n / count) * hours * HOUR_MS)),
  );
}

describe('merchants', () => {
  test('are the same whenever they are made, the first one being sim-0001', () => {
    const [first, again] = [simulatedMerchant(1), new Simulation({ merchants: 3, seed: 99 }).merchants[0]];
    expect(first.merchantId).toBe('sim-0001');
    expect(again?.configuration).toEqual(first.configuration);
  });

  test('of 300 each has an id, a zone that exists, accounts in one currency and a configuration of its own', () => {
    const { merchants } = new Simulation({ merchants: 300, seed: 1 });
    expect(new Set(merchants.map(({ merchantId }) => merchantId)).size).toBe(300);
    expect(new Set(merchants.map(({ configuration }) => configuration.configId)).size).toBe(300);
    expect(merchants.filter(({ configuration }) => !isZoneName(configuration.zone))).toEqual([]);
    for (const { configuration, currency } of merchants)
      expect(configuration.accounts.every((account) => account.currency === currency)).toBe(true);
  });
});

describe('a day at the tills', () => {
  const simulation = new Simulation({ merchants: 20, seed: 7 });
  const submissions = play(simulation, 24, 60_000);

  test('has sales most of all, and everything else that happens', () => {
    const kinds = Map.groupBy(submissions, (each) => (each.type === 'entry' ? each.value.kind : each.type));
    expect([...kinds.keys()].toSorted()).toEqual([
      'FEE',
      'OPENING',
      'REFUND',
      'SALE',
      'dayClose',
      'reversal',
      'transfer',
    ]);
    expect((kinds.get('SALE')?.length ?? 0) / submissions.length).toBeGreaterThan(0.8);
  });

  test('Pix is paid in reais, and nowhere else', () => {
    const entries = submissions.flatMap((each) => (each.type === 'entry' ? [each.value] : []));
    const currencies = entries.flatMap(({ paymentMethod, currency }) =>
      paymentMethod === 'PIX' ? [currency] : [],
    );
    expect(new Set(currencies)).toEqual(new Set(['BRL']));
    expect(new Set(entries.map(({ currency }) => currency)).size).toBeGreaterThan(1);
  });

  test('every merchant opens and closes a business day once', () => {
    const days = submissions.flatMap((each) => {
      if (each.type === 'dayClose') return [`${each.value.merchantId} closes ${each.value.businessDate}`];
      if (each.type !== 'entry' || each.value.kind !== 'OPENING') return [];
      return [`${each.value.merchantId} opens ${each.value.occurredAt}`];
    });
    expect(new Set(days).size).toBe(days.length);
    expect(days.filter((text) => text.includes('closes')).length).toBeGreaterThanOrEqual(20);
  });

  test('nothing is dated in the future, amounts are whole and positive', () => {
    const end = MORNING_MS + 24 * HOUR_MS;
    const odd = submissions.filter(({ value }) => {
      const isFuture = 'occurredAt' in value && value.occurredAt > end;
      return (
        isFuture ||
        ('amountMinor' in value && !(Number.isSafeInteger(value.amountMinor) && value.amountMinor > 0))
      );
    });
    expect(odd).toEqual([]);
  });

  test('only what was sold before is reversed, once', () => {
    const reversed = submissions.flatMap((each) =>
      each.type === 'reversal' ? [each.value.reversesEntryId] : [],
    );
    const sold = new Set(submissions.flatMap((each) => (each.type === 'entry' ? [each.value.entryId] : [])));
    expect(reversed.filter((id) => !sold.has(id))).toEqual([]);
    expect(new Set(reversed).size).toBe(reversed.length);
  });
});

/** Openings and closings of a day, played with any seed. */
function openingsAndClosings(seed: number): string[] {
  return play(new Simulation({ merchants: 5, seed }), 24, 20_000)
    .filter((each) => each.type === 'dayClose' || (each.type === 'entry' && each.value.kind === 'OPENING'))
    .map((each) => JSON.stringify(each.value))
    .toSorted();
}

test('after a restart openings and closings are retransmissions: same ids, same content', () => {
  expect(openingsAndClosings(1)).toEqual(openingsAndClosings(2));
  expect(openingsAndClosings(1).length).toBeGreaterThanOrEqual(10);
});

test('who sleeps sells little: it is three at night in Tokyo when it is three in the afternoon in São Paulo', () => {
  const simulation = new Simulation({ merchants: 200, seed: 3 });
  const { merchants } = simulation;
  const inTokyo = merchants.filter(({ configuration }) => configuration.zone === 'Asia/Tokyo');
  const ids = new Set(inTokyo.map(({ merchantId }) => merchantId));
  const sizeOf = (some: typeof merchants) => some.reduce((sum, { size }) => sum + size, 0);
  const submissions = Array.from({ length: 5_000 }, () => simulation.next(MORNING_MS + 6 * HOUR_MS));
  const share = submissions.filter(({ value }) => ids.has(value.merchantId)).length / submissions.length;
  expect(inTokyo.length).toBeGreaterThan(0);
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThan((0.2 * sizeOf(inTokyo)) / sizeOf(merchants));
});

test('everybody has something to show, at any hour: each shop is heard once before any is heard twice', () => {
  for (let hour = 0; hour < 24; hour += 1) {
    const simulation = new Simulation({ merchants: 20, seed: hour });
    const first = Array.from({ length: 20 }, () => simulation.next(MORNING_MS + hour * HOUR_MS));
    expect(new Set(first.map(({ value }) => value.merchantId)).size).toBe(20);
    expect(first.filter(({ type }) => type !== 'entry')).toEqual([]);
  }
});
