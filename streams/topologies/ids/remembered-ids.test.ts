import { createHash } from 'node:crypto';
import type { RememberedId, RememberedLeg } from '@fluxo/domain';
import { asBusinessDate } from '@fluxo/domain';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RefIndex } from './ref-index.ts';
import { type KeptIds, RememberedIds } from './remembered-ids.ts';

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

test('an entry of one leg may be remembered all in one, and an id given as bytes in the midst of others', () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.record({
        direction: fc.constantFrom('CREDIT', 'DEBIT'),
        paymentMethod: fc.constantFrom('CASH', 'PIX', 'OTHER', 'INTERNAL'),
        accountId: fc.constantFrom('drawer', 'safe'),
        amountMinor: fc.maxSafeInteger(),
        businessDate: fc.integer().map(asBusinessDate),
      }),
      (id, varied) => {
        const single = { ...leg, ...varied } as RememberedLeg;
        const { fingerprint, recordedAt } = entry;
        const bytes = { bytes: Buffer.from(`é${id}f`), at: 2 };
        const [ids, other] = [new RememberedIds(), new RememberedIds()];
        ids.remember(3, id, { ...entry, legs: [single] });
        other.rememberSingle(3, bytes, { ...single, recordedAt }, fingerprint);
        expect(other.keep()).toEqual(ids.keep());
        expect(other.find(3, id)).toEqual({ ...entry, legs: [single] });
        expect(ids.find(3, bytes)).toEqual(other.find(3, id));
        // Said again, it takes the place of what was there.
        other.rememberSingle(3, bytes, { ...single, recordedAt: recordedAt + 1 }, fingerprint);
        expect(other.size).toBe(1);
        expect(other.find(3, bytes)?.recordedAt).toBe(recordedAt + 1);
      },
    ),
    { numRuns: 100 },
  );
});

test.each([
  ['as many as came', 5_000],
  ['none at all', 0],
  ['too few', 700],
  ['far too many', 400_000],
  ['more than any room is made for', 2 ** 50],
])('with %s expected it remembers the same, and takes no more memory in the end', (_, expected) => {
  const [ids, other] = [new RememberedIds(), new RememberedIds()];
  const add = (to: RememberedIds, n: number) => to.remember(n % 3, idOf(n), { ...entry, recordedAt: n });
  for (const each of [ids, other]) for (let n = 0; n < 10; n++) add(each, n);
  ids.expect(expected);
  for (let n = 10; n < 5_010; n++) for (const each of [ids, other]) add(each, n);
  ids.shrink();
  expect(ids.bytes).toBe(other.bytes);
  expect(ids.size).toBe(5_010);
  for (let n = 0; n < 5_020; n++) expect(ids.find(n % 3, idOf(n))).toEqual(other.find(n % 3, idOf(n)));
  for (const each of [ids, other]) for (let n = 5_010; n < 9_000; n++) add(each, n);
  for (const each of [ids, other]) each.forgetBefore(4_096);
  expect(ids.size).toBe(9_000 - 4_096);
  for (let n = 0; n < 9_000; n += 7) expect(ids.find(n % 3, idOf(n))).toEqual(other.find(n % 3, idOf(n)));
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
  // The third segment becomes a whole one; what comes then takes the room of the two that are gone.
  for (let n = 10_000; n < 12_287; n++) ids.remember(0, idOf(n), { ...entry, recordedAt: n });
  const { bytes } = ids;
  for (let n = 12_287; n < 20_479; n++) ids.remember(0, idOf(n), { ...entry, recordedAt: n });
  expect(ids.bytes).toBe(bytes);
});

test('a partition that remembers little takes little memory', () => {
  const ids = new RememberedIds();
  ids.remember(0, idOf(1), entry);
  expect(ids.bytes).toBeLessThan(32 * 1024);
});

test('what is kept stays what it was while its segment grows', () => {
  const ids = new RememberedIds();
  for (let n = 0; n < 200; n++) ids.remember(0, idOf(n), { ...entry, recordedAt: n });
  const [kept] = ids.keep().segments;
  const bytes = kept?.bytes.slice();
  for (let n = 200; n < 1_000; n++) ids.remember(0, idOf(n), { ...entry, recordedAt: n });
  ids.markReversed(0, idOf(0), true);
  expect(kept?.bytes).toEqual(bytes);
  expect(ids.find(0, idOf(0))?.reversed).toBe(true);
  for (let n = 0; n < 1_000; n++) expect(ids.find(0, idOf(n))?.recordedAt).toBe(n);
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

describe('what is kept', () => {
  /** Merchants have other numbers in the next life. */
  const renumbered = (merchant: number): number => 100 - merchant;

  function takenOver({ texts, segments }: KeptIds): RememberedIds {
    const ids = new RememberedIds();
    ids.prepareFor(
      texts,
      segments.reduce((sum, { length }) => sum + length, 0),
    );
    for (const segment of segments) ids.takeOver(segment, renumbered);
    return ids;
  }

  /** As a disk would hold it. */
  function copied({ texts, segments }: KeptIds): KeptIds {
    return { texts, segments: segments.map((segment) => ({ ...segment, bytes: segment.bytes.slice() })) };
  }

  /** Everything it remembers, as one text. */
  function all(ids: RememberedIds, numberOf: (merchant: number) => number): string {
    const digest = createHash('sha256');
    for (let merchant = 0; merchant < 3; merchant++)
      for (let id = 0; id < IDS; id++)
        digest.update(`${JSON.stringify(ids.find(numberOf(merchant), idOf(id)))}\n`);
    return digest.digest('hex');
  }
  const IDS = 6_000;
  const same = (merchant: number): number => merchant;

  /** Many ids, some of them said again, some taken back, of different shapes. */
  function filled(): RememberedIds {
    const ids = new RememberedIds();
    for (let n = 0; n < 12_200; n++) {
      const legs = n % 5 === 0 ? transfer : [{ ...leg, accountId: `account ${n % 7}`, amountMinor: n }];
      ids.remember(n % 3, idOf((n * 7) % IDS), { ...entry, recordedAt: n, legs: n % 11 === 0 ? null : legs });
      if (n % 13 === 0) ids.markReversed((n >> 1) % 3, idOf(((n >> 1) * 7) % IDS), true);
    }
    return ids;
  }

  test('is remembered again in the next life, and forgotten there when it would have been', () => {
    const ids = filled();
    const next = takenOver(copied(ids.keep()));
    expect(next.size).toBe(ids.size);
    expect(all(next, renumbered)).toEqual(all(ids, same));
    for (const beforeMs of [4_096, 9_000, 20_000]) {
      for (const each of [ids, next]) each.forgetBefore(beforeMs);
      expect(next.size).toBe(ids.size);
      expect(all(next, renumbered)).toEqual(all(ids, same));
    }
    expect(next.size).toBe(0);
    next.remember(1, idOf(1), entry);
    expect(next.find(1, idOf(1))).toEqual(entry);
  });

  test('stays as it was, whatever happens until it is read', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(12_199)), { maxLength: 60 }), (changes) => {
        const ids = filled();
        const before = all(ids, same);
        const kept = ids.keep();
        for (const [kind, n] of changes) {
          if (kind === 0) ids.markReversed(n % 3, idOf((n * 7) % IDS), n % 2 === 0);
          if (kind === 1) ids.forgetBefore(n);
          if (kind === 2) ids.forgetLast(ids.remember(n % 3, idOf(n), { ...entry, recordedAt: 20_000 }));
          if (kind === 3)
            for (let more = 0; more < n / 8; more++)
              ids.remember(0, idOf(more), { ...entry, recordedAt: 20_000 });
        }
        expect(all(takenOver(kept), renumbered)).toEqual(before);
      }),
      { numRuns: 8 },
    );
  });

  test('changes nothing for the one that goes on', () => {
    const [ids, other] = [filled(), filled()];
    ids.keep();
    for (const each of [ids, other]) {
      each.markReversed(0, idOf(0), true);
      each.forgetBefore(9_000);
      for (let n = 0; n < 10_000; n++)
        each.remember(n % 3, idOf(n % IDS), { ...entry, recordedAt: 20_000 + n });
      each.markReversed(1, idOf(1), true);
    }
    expect(all(ids, same)).toEqual(all(other, same));
    expect(ids.bytes).toBe(other.bytes);
  });

  test('a segment of another size is refused', () => {
    const ids = new RememberedIds();
    const bytes = new Uint8Array(64);
    for (const length of [0, 2, 5_000])
      expect(() => ids.takeOver({ length, latest: 0, bytes }, same)).toThrow('has 64 bytes');
  });
});

test('the index grows once for what it was told of, and gives back what was too much', () => {
  const [told, other] = [new RefIndex(() => false), new RefIndex(() => false)];
  const bytesAtFirst = told.bytes;
  told.reserve(100_000);
  const { bytes } = told;
  expect(bytes).toBeGreaterThan(bytesAtFirst);
  told.reserve(50_000);
  for (let ref = 0; ref < 100_000; ref++) {
    told.add(ref * 7, ref);
    expect(told.bytes).toBe(bytes);
    other.add(ref * 7, ref);
  }
  expect(other.bytes).toBe(bytes);
  for (let ref = 1_000; ref < 100_000; ref++) told.remove(ref * 7, ref);
  expect(told.bytes).toBe(bytes);
  told.shrink();
  expect(told.bytes).toBeLessThan(bytes / 16);
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
