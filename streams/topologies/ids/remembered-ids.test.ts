import type { RememberedId, RememberedLeg } from '@fluxo/domain';
import { asBusinessDate } from '@fluxo/domain';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RefIndex } from './ref-index.ts';
import { RememberedIds } from './remembered-ids.ts';

const leg: RememberedLeg = {
  leg: 'SINGLE',
  accountId: 'drawer',
  direction: 'CREDIT',
  paymentMethod: 'PIX',
  amountMinor: 1_250,
  currency: 'BRL',
  businessDate: asBusinessDate(20_522),
};

const entry: RememberedId = {
  fingerprint: 2 ** 53 - 1,
  recordedAt: 1_795_000_000_123,
  legs: [leg],
  reversal: false,
  reversed: false,
};

const transfer: readonly [RememberedLeg, RememberedLeg] = [
  { ...leg, leg: 'FROM', direction: 'DEBIT', paymentMethod: 'INTERNAL', amountMinor: 10 ** 12 },
  { ...leg, leg: 'TO', accountId: 'safe', paymentMethod: 'INTERNAL', amountMinor: 10 ** 12 },
];

function idOf(number: number): string {
  const digits = (number * 0x9e3779b1).toString(16).padStart(12, '0').slice(-12);
  return `${digits.slice(0, 8)}-${digits.slice(8)}-4000-8abc-${digits}`;
}

describe('what is remembered comes back', () => {
  test.each<[string, RememberedId]>([
    ['an entry', entry],
    ['a debit', { ...entry, legs: [{ ...leg, direction: 'DEBIT', paymentMethod: 'BANK_TRANSFER' }] }],
    ['a leg FROM whose TO is still to come', { ...entry, legs: [transfer[0]] }],
    ['a transfer', { ...entry, legs: transfer }],
    [
      'the reversal of a transfer',
      {
        ...entry,
        reversal: true,
        legs: [
          { ...transfer[0], direction: 'CREDIT' },
          { ...transfer[1], direction: 'DEBIT' },
        ],
      },
    ],
    ['what is not an entry', { ...entry, legs: null, fingerprint: 0 }],
    ['what was taken back', { ...entry, reversed: true }],
  ])('%s', (_, value) => {
    const ids = new RememberedIds();
    ids.remember(7, idOf(1), value);
    expect(ids.find(7, idOf(1))).toEqual(value);
    expect(ids.find(8, idOf(1))).toBeUndefined();
    expect(ids.find(7, idOf(2))).toBeUndefined();
  });

  test('each digit of an id counts', () => {
    const ids = new RememberedIds();
    const id = '00000000-0000-0000-0000-000000000000';
    ids.remember(0, id, entry);
    const others = Array.from({ length: id.length }, (_, at) => at)
      .filter((at) => id[at] === '0')
      .flatMap((at) => ['1', 'f'].map((digit) => `${id.slice(0, at)}${digit}${id.slice(at + 1)}`));
    expect(others).toHaveLength(64);
    expect(others.filter((other) => ids.find(0, other) !== undefined)).toEqual([]);
  });
});

test('of what was recorded before a time whole segments go, and only those', () => {
  const ids = new RememberedIds();
  for (let n = 0; n < 10_000; n++) ids.remember(n % 3, idOf(n), { ...entry, recordedAt: n });
  ids.remember(0, idOf(0), { ...entry, recordedAt: 10_000 });
  ids.forgetBefore(4_095);
  expect(ids.size).toBe(10_000);
  ids.forgetBefore(9_000);
  // Two segments of 4,096 are gone; the id that came back in the third is not.
  expect(ids.size).toBe(10_000 - 8_192 + 1);
  expect(ids.find(0, idOf(0))?.recordedAt).toBe(10_000);
  expect(ids.find(1, idOf(1))).toBeUndefined();
  for (let n = 8_192; n < 10_000; n++) expect(ids.find(n % 3, idOf(n))?.recordedAt).toBe(n);
  const { bytes } = ids;
  for (let n = 10_000; n < 18_000; n++) ids.remember(0, idOf(n), { ...entry, recordedAt: n });
  expect(ids.bytes).toBe(bytes);
});

type Step =
  | { readonly do: 'remember'; readonly merchant: number; readonly id: number; readonly atMs: number }
  | { readonly do: 'reverse'; readonly merchant: number; readonly id: number }
  | { readonly do: 'undo'; readonly count: number };

const who = { merchant: fc.nat(2), id: fc.nat(40) };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('remember' as const), ...who, atMs: fc.nat(1e9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reverse' as const), ...who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('undo' as const), count: fc.nat(9) }) },
);

test('it is a map that can take back: whatever is remembered, reversed and undone', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const ids = new RememberedIds();
      const models = [new Map<string, RememberedId>()];
      const inverses: (() => void)[] = [];
      for (const each of steps) {
        const model = models.at(-1) as Map<string, RememberedId>;
        if (each.do === 'undo') {
          for (let n = 0; n < each.count && inverses.length > 0; n++) {
            inverses.pop()?.();
            models.pop();
          }
          continue;
        }
        const { merchant } = each;
        const key = `${merchant} ${idOf(each.id)}`;
        const next = new Map(model);
        if (each.do === 'remember') {
          const value = { ...entry, recordedAt: each.atMs };
          const former = ids.remember(merchant, idOf(each.id), value);
          inverses.push(() => ids.forgetLast(former));
          models.push(next.set(key, value));
        } else {
          const known = model.get(key);
          if (known === undefined || known.reversed) continue;
          ids.markReversed(merchant, idOf(each.id), true);
          inverses.push(() => ids.markReversed(merchant, idOf(each.id), false));
          models.push(next.set(key, { ...known, reversed: true }));
        }
      }
      const model = models.at(-1) as Map<string, RememberedId>;
      expect(ids.size).toBe(model.size);
      for (let merchant = 0; merchant <= 2; merchant++)
        for (let id = 0; id <= 40; id++)
          expect(ids.find(merchant, idOf(id))).toEqual(model.get(`${merchant} ${idOf(id)}`));
    }),
    { numRuns: 300 },
  );
});

test('the index finds what was added and not removed, also where hashes collide and the table wraps', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ ref: fc.nat(60), isAdded: fc.boolean() }), { maxLength: 300 }),
      (steps) => {
        let wanted = -1;
        const index = new RefIndex((ref) => ref === wanted);
        // Few homes, some at the very end of the table: probes run into each other and around the end.
        const hashOf = (ref: number): number => (ref % 3 === 0 ? 1_023 : ref % 7);
        const model = new Set<number>();
        for (const { ref, isAdded } of steps) {
          if (isAdded && !model.has(ref)) index.add(hashOf(ref), ref);
          if (!isAdded) index.remove(hashOf(ref), ref);
          if (isAdded) model.add(ref);
          else model.delete(ref);
        }
        expect(index.size).toBe(model.size);
        for (let ref = 0; ref <= 60; ref++) {
          wanted = ref;
          expect(index.find(hashOf(ref))).toBe(model.has(ref) ? ref : -1);
        }
      },
    ),
    { numRuns: 500 },
  );
});
