/**
 * The judge is judged: each test makes outputs with the production topology, plants one bug of those that have cost others money
 * (reliability.md section 1), and the judge must turn red and name it. First of all it must be green on what is right.
 */
import { describe, expect, jest, test } from '@jest/globals';
import { codecs, MemorySystem } from '../testing/audited-system.ts';
import { differencesOf, expectRed, input, uuid } from '../testing/planted-bug.ts';

/** Whole histories are judged, also on a machine with other things to do. */
jest.setTimeout(60_000);

type Input = typeof input;
type Log = ReturnType<MemorySystem['log']>;

function submissionIn({ record }: Input[number]) {
  const decoded = codecs.submissions.decode(record.value);
  if (decoded.kind !== 'record') throw new Error('the generator makes only what can be decoded');
  return decoded;
}

function withValue(each: Input[number], change: object): Input[number] {
  const { type, value } = submissionIn(each);
  const bytes = Buffer.from(codecs.submissions.encode(type, { ...value, ...change }));
  return { ...each, record: { ...each.record, value: bytes } };
}

/** A record of this type in the topic, the last one unless told otherwise. */
function placeOf(
  log: Log,
  codec: keyof typeof codecs,
  isWanted: (value: Record<string, unknown>, index: number) => boolean,
) {
  const index = log.findLastIndex(({ value }, place) => {
    const decoded = codecs[codec].decode(value);
    return decoded.kind === 'record' && isWanted({ type: decoded.type, ...decoded.value }, place);
  });
  if (index < 0) throw new Error('the history has none, so nothing would be tested');
  return index;
}

function ledgerValue(record: Log[number]) {
  const decoded = codecs.ledger.decode(record.value);
  if (decoded.kind !== 'record' || decoded.type !== 'EntryPosted') throw new Error('no posting');
  return decoded.value;
}

/** Partition and offset of the submissions that became sales or the like. */
async function sourcesOfSales(): Promise<ReadonlySet<string>> {
  const system = await MemorySystem.of(input);
  const sources = [0, 1].flatMap((partition) =>
    system.log('ledger', partition).flatMap(({ value }) => {
      const decoded = codecs.ledger.decode(value);
      if (decoded.kind !== 'record' || decoded.type !== 'EntryPosted' || decoded.value.leg !== 'SINGLE')
        return [];
      return decoded.value.kind === 'REVERSAL' ? [] : [`${partition} ${decoded.value.sourceOffset}`];
    }),
  );
  return new Set(sources);
}

test('what is right is green', async () => {
  expect(await differencesOf(await MemorySystem.of(input))).toEqual([]);
});

/** Where the last version of a document stands that came about by an entry on an earlier day. */
function lastShiftedDocument(system: MemorySystem): number {
  const dayOf = new Map<string, number>();
  for (const { value } of system.log('ledger', 0)) {
    const decoded = codecs.ledger.decode(value);
    if (decoded.kind !== 'record' || decoded.type !== 'EntryPosted') continue;
    const { merchantId, ledgerSeq, businessDate } = decoded.value;
    dayOf.set(`${merchantId} ${ledgerSeq}`, businessDate);
  }
  const last = new Map(system.log('dailyBalances', 0).map(({ key }, index) => [String(key), index]));
  return placeOf(system.log('dailyBalances', 0), 'dailyBalances', (document, index) => {
    const { merchantId, revision, businessDate } = document;
    const day = dayOf.get(`${String(merchantId)} ${String(revision)}`) ?? Number.POSITIVE_INFINITY;
    return day < Number(businessDate) && [...last.values()].includes(index);
  });
}

/** Two sales of one account on one day: five more in the one, five less in the other. */
function pairOfErrors(system: MemorySystem): ReadonlyMap<string, number> {
  const first = new Map<string, string>();
  const pairs: Map<string, number>[] = [];
  system.rewrite('ledger', 'EntryPosted', (value) => {
    const { merchantId, ledgerSeq, businessDate, accountId, kind, amountMinor } = value;
    const [sum, place] = [`${merchantId} ${businessDate} ${accountId}`, `${merchantId}#${ledgerSeq}`];
    const other = first.get(sum);
    if (kind !== 'SALE' || amountMinor <= 5) return value;
    if (other !== undefined)
      pairs.push(
        new Map([
          [other, 5],
          [place, -5],
        ]),
      );
    first.set(sum, place);
    return value;
  });
  return pairs[0] ?? new Map();
}

describe('bugs in the processor', () => {
  test('no dedup', async () => {
    const known = new Set<string>();
    const original = new Map<string, string>();
    const seen = input.map((each, index) => {
      const { type, value } = submissionIn(each);
      if (type !== 'EntrySubmitted') return each;
      const isRepeated = known.has(value.entryId);
      known.add(value.entryId);
      if (!isRepeated) return each;
      original.set(uuid(index), value.entryId);
      return withValue(each, { entryId: uuid(index) });
    });
    expect(original.size).toBeGreaterThan(3);
    const system = await MemorySystem.of(input, seen);
    system.rewrite('ledger', 'EntryPosted', (value) => ({
      ...value,
      entryId: original.get(value.entryId) ?? value.entryId,
    }));
    system.reseal();
    await expectRed(system, { where: 'cash.ledger.v1', field: 'record', expected: 'absent' });
  });

  test('offsets committed before outputs', async () => {
    const system = await MemorySystem.of(
      input,
      input.filter((_, index) => index < 300 || index > 306),
    );
    await expectRed(system, { where: 'cash.ledger.v1', field: 'record', found: 'absent' });
    await expectRed(system, { where: 'cash.submissions.v1', field: 'count (I10)' });
  });

  test('read_uncommitted: submissions of an aborted transaction are counted', async () => {
    const offsets = new Set(input.map(({ partition, record }) => `${partition} ${record.offset}`));
    const counted = await sourcesOfSales();
    const place = input.findIndex(
      ({ partition, record }, index) =>
        index > 200 &&
        counted.has(`${partition} ${record.offset}`) &&
        !offsets.has(`${partition} ${record.offset + 1}`),
    );
    const before = input[place] as Input[number];
    const aborted = withValue(before, { entryId: uuid(1) });
    const seen = input.toSpliced(place + 1, 0, {
      ...aborted,
      record: { ...aborted.record, offset: before.record.offset + 1 },
    });
    const system = await MemorySystem.of(input, seen);
    await expectRed(system, { where: 'cash.ledger.v1', field: 'record', expected: 'absent' });
  });

  test('state kept after an aborted transaction', async () => {
    const system = await MemorySystem.of(input);
    const ledger = system.log('ledger', 0);
    const lost = new Set(ledger.splice(100, 7).map(({ value }) => String(value)));
    expect(lost.size).toBe(7);
    await expectRed(system, { where: 'cash.ledger.v1', field: 'record', found: 'absent' });
    await expectRed(system, { where: 'cash.ledger.v1', field: 'chain (I5)' });
  });

  test('retry without a new producer', async () => {
    const system = await MemorySystem.of(input);
    const ledger = system.log('ledger', 0);
    ledger.splice(100, 0, ...ledger.slice(93, 100));
    await expectRed(system, { where: 'cash.ledger.v1', field: 'record', expected: 'absent' });
    await expectRed(system, { where: 'cash.ledger.v1', field: 'chain (I5)' });
  });

  test('rejection outside the transaction: lost', async () => {
    const system = await MemorySystem.of(input);
    system.log('rejections', 0).splice(10, 1);
    await expectRed(system, { where: 'cash.rejections.v1', field: 'record', found: 'absent' });
  });

  test('rejection outside the transaction: doubled', async () => {
    const system = await MemorySystem.of(input);
    const rejections = system.log('rejections', 0);
    rejections.splice(11, 0, ...rejections.slice(9, 11));
    await expectRed(system, { where: 'cash.rejections.v1', field: 'record', expected: 'absent' });
  });

  test('last record dropped', async () => {
    const system = await MemorySystem.of(input);
    const last = system.log('ledger', 0).pop();
    expect(last).toBeDefined();
    await expectRed(system, { where: 'cash.ledger.v1', field: 'record', found: 'absent' });
  });

  test('last submission never processed, though its offset is committed', async () => {
    const counted = await sourcesOfSales();
    const last = input.findLastIndex(({ partition, record }) => counted.has(`${partition} ${record.offset}`));
    const system = await MemorySystem.of(input, input.slice(0, last));
    await expectRed(system, { where: 'cash.ledger.v1', field: 'record', found: 'absent' });
  });

  test('one page skipped', async () => {
    const system = await MemorySystem.of(input);
    const ledger = system.log('ledger', 0);
    ledger.splice(50, 50);
    const { differences: found, counts } = await system.audit();
    expect(found.count).toBeGreaterThanOrEqual(50);
    expect(counts.counted + counts.duplicates + counts.rejected).toBeLessThan(counts.submissions);
  });

  test('two errors that cancel in the sum', async () => {
    const system = await MemorySystem.of(input);
    const errorOf = pairOfErrors(system);
    let planted = 0;
    system.rewrite('ledger', 'EntryPosted', (value) => {
      const error = errorOf.get(`${value.merchantId}#${value.ledgerSeq}`) ?? 0;
      planted += error;
      return { ...value, amountMinor: value.amountMinor + error };
    });
    expect([errorOf.size, planted]).toEqual([2, 0]);
    system.reseal();
    await expectRed(system, { where: 'cash.ledger.v1', field: 'amountMinor' });
  });

  test('two errors that cancel between accounts of a balance', async () => {
    const system = await MemorySystem.of(input);
    system.rewrite('dailyBalances', 'DailyBalance', (value) => ({
      ...value,
      accounts: value.accounts.map((row, _index, rows) => {
        const hasBoth = rows.filter(({ currency }) => currency === 'BRL').length === 2;
        const minor = hasBoth ? ({ bank: 7, 'drawer-1': -7 }[row.accountId] ?? 0) : 0;
        const { openingMinor, closingMinor } = row;
        return { ...row, openingMinor: openingMinor + minor, closingMinor: closingMinor + minor };
      }),
    }));
    const found = await differencesOf(system);
    expect(found.filter(({ field }) => field.includes('(I'))).toEqual([]);
    expect(found).toContainEqual(
      expect.objectContaining({ where: 'cash.daily-balances.v1', field: 'accounts[0].openingMinor' }),
    );
  });

  test('float sum', async () => {
    const system = await MemorySystem.of(input);
    let rounded = 0;
    const asFloat = (minor: number) => {
      const result = Math.trunc((minor / 100) * 100);
      if (result !== minor) rounded += 1;
      return result;
    };
    system.rewrite('dailyBalances', 'DailyBalance', (value) => ({
      ...value,
      totals: value.totals.map((row) => ({ ...row, closingMinor: asFloat(row.closingMinor) })),
    }));
    expect(rounded).toBeGreaterThan(0);
    await expectRed(system, { where: 'cash.daily-balances.v1', field: 'totals[BRL].closingMinor (I1)' });
  });

  test('transfer with one leg', async () => {
    const system = await MemorySystem.of(input);
    const ledger = system.log('ledger', 0);
    ledger.splice(
      placeOf(ledger, 'ledger', ({ leg, kind }) => leg === 'TO' && kind === 'TRANSFER'),
      1,
    );
    await expectRed(system, { where: 'cash.ledger.v1', field: 'legs (I9)' });
  });

  test('a reversal twice', async () => {
    const system = await MemorySystem.of(input);
    const ledger = system.log('ledger', 0);
    const reversal = ledgerValue(
      ledger[
        placeOf(ledger, 'ledger', ({ leg, kind }) => leg === 'SINGLE' && kind === 'REVERSAL')
      ] as Log[number],
    );
    const last = ledger.findLast(({ key }) => String(key) === reversal.merchantId) as Log[number];
    const decoded = codecs.ledger.decode(last.value);
    const ledgerSeq = decoded.kind === 'record' && 'ledgerSeq' in decoded.value ? decoded.value.ledgerSeq : 0;
    const again = { ...reversal, entryId: uuid(2), ledgerSeq: ledgerSeq + 1 };
    ledger.push({ ...last, offset: last.offset + 1_000, value: codecs.ledger.encode('EntryPosted', again) });
    system.reseal();
    await expectRed(system, { where: 'cash.ledger.v1', field: 'reversesEntryId (I8)' });
    await expectRed(system, { where: 'cash.ledger.v1', field: 'record', expected: 'absent' });
  });

  test('late entry not cascaded', async () => {
    const system = await MemorySystem.of(input);
    const balances = system.log('dailyBalances', 0);
    const place = lastShiftedDocument(system);
    const key = String(balances[place]?.key);
    balances.splice(place, 1);
    await expectRed(system, { where: 'cash.daily-balances.v1', key, field: 'revision' });
  });

  test('a posting on a closed day', async () => {
    const system = await MemorySystem.of(input);
    system.rewrite('ledger', 'DayClosed', (value) => ({ ...value, businessDate: value.businessDate + 400 }));
    system.reseal();
    await expectRed(system, { where: 'cash.ledger.v1', field: 'businessDate (I13)' });
  });

  test('a broken chain', async () => {
    const system = await MemorySystem.of(input);
    system.rewrite('ledger', 'EntryPosted', (value) =>
      value.ledgerSeq === 20 ? { ...value, prevHash: Buffer.alloc(32, 1) } : value,
    );
    const found = await differencesOf(system);
    expect(found.filter(({ field }) => field !== 'chain (I5)')).toEqual([]);
    expect(found.length).toBeGreaterThan(0);
  });

  test('a document whose chain head is not its posting’s hash', async () => {
    const system = await MemorySystem.of(input);
    system.rewrite('merchants', 'Merchant', (value) => ({ ...value, chainHead: Buffer.alloc(32, 7) }));
    await expectRed(system, { where: 'cash.merchants.v1', field: 'chainHead' });
  });

  test('a revision that does not grow', async () => {
    const system = await MemorySystem.of(input);
    const balances = system.log('dailyBalances', 0);
    balances.push({ ...(balances.at(-1) as Log[number]), offset: balances.length });
    await expectRed(system, { where: 'cash.daily-balances.v1', field: 'revision (I6)' });
  });

  test('a merchant, and a day, that nobody asked for', async () => {
    const system = await MemorySystem.of(input);
    system.rewrite('dailyBalances', 'DailyBalance', (value) => value);
    const [merchants, balances] = [system.log('merchants', 0), system.log('dailyBalances', 0)];
    merchants.push({ ...(merchants[0] as Log[number]), key: Buffer.from('ghost'), offset: merchants.length });
    balances.push({
      ...(balances[0] as Log[number]),
      key: Buffer.from('loja-0|2031-01-01'),
      offset: balances.length,
    });
    await expectRed(system, { where: 'cash.merchants.v1', key: 'ghost', expected: 'absent' });
    await expectRed(system, { key: 'loja-0|2031-01-01', field: 'record', expected: 'absent' });
  });

  test('a value that nobody can read, and a tombstone', async () => {
    const system = await MemorySystem.of(input);
    for (const [name, value] of [
      ['ledger', Buffer.from('no record')],
      ['dailyBalances', null],
      ['rejections', Buffer.alloc(3)],
    ] as const) {
      const log = system.log(name, 0);
      log.push({ ...(log.at(-1) as Log[number]), offset: log.length, value });
    }
    for (const where of ['cash.ledger.v1', 'cash.daily-balances.v1', 'cash.rejections.v1'])
      await expectRed(system, { where, field: 'record' });
  });
});
