import { createHash } from 'node:crypto';
import { type ClosingFile, type DayClosed, exportKey, parseDate, type StatementBody } from '@fluxo/schemas';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { type LedgerRecord, NaiveLedger } from '../views/naive-ledger.ts';
import { type ExportOptions, exportClosings } from './export-closings.ts';
import { exportStoreContract } from './export-store.contract.ts';
import { MemoryExportStore } from './memory-export-store.ts';
import { NaiveClosings } from './naive-closings.ts';

const HASH = Buffer.alloc(32, 7);
const NOON = Date.UTC(2026, 2, 2, 12);
const ACCOUNTS = [{ accountId: 'drawer', name: 'Caixa', type: 'DRAWER', currency: 'BRL' }] as const;

const numberOf = (day: string): number => parseDate(day) ?? Number.NaN;

/** A ledger written by hand, a record after the other. */
class Books {
  readonly ledger = new NaiveLedger();
  readonly #sequences = new Map<string, number>();

  configure(merchantId: string): this {
    const value = {
      ...this.#common(merchantId),
      configId: 'c',
      name: 'Loja',
      zone: 'UTC',
      cutoffMinutes: 0,
      effectiveFrom: 0,
      lateEntries: 'BOOK_TODAY',
      backdateLimitDays: 0,
      accounts: ACCOUNTS,
    };
    return this.#add(merchantId, { type: 'MerchantConfigApplied', value });
  }

  enter(merchantId: string, day: string, amountMinor: number): this {
    const value = {
      ...this.#common(merchantId),
      entryId: `e-${this.#offset}`,
      leg: 'SINGLE',
      accountId: 'drawer',
      direction: 'CREDIT',
      kind: 'SALE',
      paymentMethod: 'CASH',
      amountMinor,
      currency: 'BRL',
      occurredAt: NOON,
      submittedAt: NOON,
      businessDate: numberOf(day),
      originalBusinessDate: null,
      reversesEntryId: null,
      purpose: null,
      reason: null,
      description: '=1+1',
      externalId: null,
      source: { system: 's', deviceId: null, sequence: null },
    };
    return this.#add(merchantId, { type: 'EntryPosted', value });
  }

  /** `figures`: opening, credits, closing of the drawer. */
  close(merchantId: string, day: string, figures: readonly [number, number, number]): this {
    const [openingMinor, creditsMinor, closingMinor] = figures;
    const drawer = {
      accountId: 'drawer',
      currency: 'BRL',
      openingMinor,
      creditsMinor,
      debitsMinor: 0,
      closingMinor,
    };
    const value = {
      ...this.#common(merchantId),
      requestId: `r-${this.#offset}`,
      businessDate: numberOf(day),
      requestedBy: 'ana',
      accounts: [{ ...drawer, countedMinor: closingMinor - 1, varianceMinor: -1 }],
    } satisfies DayClosed;
    return this.#add(merchantId, { type: 'DayClosed', value });
  }

  reopen(merchantId: string, day: string): this {
    const value = {
      ...this.#common(merchantId),
      requestId: `r-${this.#offset}`,
      businessDate: numberOf(day),
      requestedBy: 'ana',
      reason: 'esquecido',
    };
    return this.#add(merchantId, { type: 'DayReopened', value });
  }

  get #offset(): number {
    return this.ledger.records.length;
  }

  #common(merchantId: string) {
    const ledgerSeq = (this.#sequences.get(merchantId) ?? 0) + 1;
    this.#sequences.set(merchantId, ledgerSeq);
    return {
      merchantId,
      ledgerSeq,
      recordedAt: NOON,
      sourceOffset: this.#offset,
      prevHash: HASH,
      hash: HASH,
    };
  }

  #add(merchantId: string, record: object): this {
    this.ledger.records.push({ ...record, partition: merchantId === 'other' ? 1 : 0 } as LedgerRecord);
    return this;
  }
}

let store: MemoryExportStore;
beforeEach(() => {
  store = new MemoryExportStore();
});

exportStoreContract('memory', {
  open: () => store,
  read: async (key) => store.files.get(key)?.toString() ?? null,
});

const run = ({ ledger }: Books, into = store, change: Partial<ExportOptions> = {}) =>
  exportClosings({
    closings: new NaiveClosings(ledger),
    store: into,
    turn: 0,
    isTimeLeft: () => true,
    ...change,
  });

/** A store that can be killed. */
function dyingStore() {
  const dying = new MemoryExportStore();
  const put = dying.putOnce.bind(dying);
  let left = Number.POSITIVE_INFINITY;
  dying.putOnce = async (file) => {
    if (left === 0) throw new Error('killed');
    left -= 1;
    return put(file);
  };
  return {
    dying,
    dieAfter: (puts: number) => {
      left = puts;
    },
  };
}

/** Time for so many days. */
function timeFor(days: number): () => boolean {
  let left = days;
  return () => {
    left -= 1;
    return left >= 0;
  };
}

/** Day and closing of each set of files. */
const sets = () =>
  [...store.files.keys()]
    .filter((key) => key.endsWith('/closing.json'))
    .map((key) => key.replace(/^exports\/businessDate=|merchantId=|closing=0*|\/closing.json$/g, ''));

function read(businessDate: string, ledgerSeq: number, name: 'statement.json' | 'closing.json'): unknown {
  const body = store.files.get(exportKey({ merchantId: 'm', businessDate, ledgerSeq }, name));
  return JSON.parse(String(body));
}

const statementOf = (businessDate: string, ledgerSeq: number) =>
  read(businessDate, ledgerSeq, 'statement.json') as StatementBody;

const usual = () => new Books().configure('m').enter('m', '2026-03-01', 500).enter('m', '2026-03-01', 20);

describe('a day that was closed', () => {
  test('has its statement in two forms, and last what they must be', async () => {
    await run(usual().close('m', '2026-03-01', [0, 520, 520]));
    const folder = 'exports/businessDate=2026-03-01/merchantId=m/closing=0000000000000004';
    expect([...store.files.keys()]).toEqual([
      `${folder}/statement.json`,
      `${folder}/statement.csv`,
      `${folder}/closing.json`,
    ]);
    const statement = statementOf('2026-03-01', 4);
    expect(statement).toMatchObject({ name: 'Loja', from: '2026-03-01', asOf: { ledgerSeq: 4 } });
    expect(statement.accounts[0]?.days[0]).toMatchObject({ status: 'CLOSED', closingMinor: 520 });
    expect(store.files.get(`${folder}/statement.csv`)?.toString()).toContain(`,'=1+1,`);
    const { closing, files } = read('2026-03-01', 4, 'closing.json') as ClosingFile;
    expect(closing).toEqual({
      ledgerSeq: 4,
      businessDate: '2026-03-01',
      requestId: 'r-3',
      requestedBy: 'ana',
      recordedAt: '2026-03-02T12:00:00.000Z',
      hash: HASH.toString('hex'),
      accounts: [expect.objectContaining({ closingMinor: 520, countedMinor: 519, varianceMinor: -1 })],
    });
    for (const { name, bytes, sha256 } of files) {
      const body = store.files.get(`${folder}/${name}`);
      expect([bytes, sha256]).toEqual([
        body?.length,
        createHash('sha256').update(String(body)).digest('hex'),
      ]);
    }
  });

  test('and those before it that nobody closed by name, where they have entries', async () => {
    const books = usual().enter('m', '2026-03-03', 5).enter('m', '2026-03-06', 1);
    await run(books.close('m', '2026-03-05', [525, 0, 525]));
    expect(sets()).toEqual(['2026-03-01/m/6', '2026-03-03/m/6', '2026-03-05/m/6']);
    expect(statementOf('2026-03-03', 6).accounts[0]).toMatchObject({
      openingMinor: 520,
      closingMinor: 525,
    });
    expect(statementOf('2026-03-05', 6).accounts[0]).toMatchObject({
      openingMinor: 525,
      days: [],
    });
  });

  test('again, after it was reopened, has new files beside the old, which stay', async () => {
    const books = usual().close('m', '2026-03-01', [0, 520, 520]);
    books.reopen('m', '2026-03-01').enter('m', '2026-03-01', 80).close('m', '2026-03-01', [0, 600, 600]);
    await run(books);
    expect(sets()).toEqual(['2026-03-01/m/4', '2026-03-01/m/7']);
    const closings = [4, 7].map((seq) => statementOf('2026-03-01', seq).accounts[0]?.closingMinor);
    expect(closings).toEqual([520, 600]);
  });

  test('whose figures are not what the processor wrote into the closing is not exported, and holds its partition alone', async () => {
    const books = usual().close('m', '2026-03-01', [0, 521, 521]).close('m', '2026-03-02', [520, 0, 520]);
    books.configure('other').close('other', '2026-03-01', [0, 0, 0]);
    await expect(run(books)).rejects.toMatchObject({
      code: 'export-refused',
      message: expect.stringMatching(/closing 521, .* come to opening 0, credits 520, debits 0, closing 520/),
    });
    expect(sets()).toEqual(['2026-03-01/other/2']);
  });
});

describe('a run', () => {
  /** More than are read at once. */
  const many = () => {
    const books = usual();
    for (let day = 0; day < 120; day++) {
      const date = new Date(Date.UTC(2026, 2, 1 + day)).toISOString().slice(0, 10);
      books.close('m', date, day === 0 ? [0, 520, 520] : [520, 0, 520]);
    }
    return books;
  };

  test('writes nothing that was written, and goes on where the last one ended', async () => {
    const books = usual().close('m', '2026-03-01', [0, 520, 520]);
    expect(await run(books)).toEqual({ closings: 1, written: 3, present: 0, isWhole: true });
    expect(await run(books)).toEqual({ closings: 0, written: 0, present: 0, isWhole: true });
    books.enter('m', '2026-03-02', 1).close('m', '2026-03-02', [520, 1, 521]);
    expect(await run(books)).toEqual({ closings: 1, written: 3, present: 0, isWhole: true });
  });

  test('without its positions looks at everything again, and changes nothing', async () => {
    const books = many();
    await run(books);
    const before = new Map(store.files);
    await store.keepPositions(new Map());
    expect(await run(books)).toEqual({ closings: 120, written: 0, present: 360, isWhole: true });
    expect(store.files).toEqual(before);
  });

  test.each([1, 151, 359])('that dies after %i files is made good by the next', async (puts) => {
    const books = many();
    const { dying, dieAfter } = dyingStore();
    dieAfter(puts);
    await expect(run(books, dying)).rejects.toThrow('killed');
    dieAfter(Number.POSITIVE_INFINITY);
    const { written, present } = await run(books, dying);
    await run(books);
    expect(dying.files).toEqual(store.files);
    expect(written).toBe(360 - puts);
    // Of the one closing it died at, no more.
    expect(present).toBe(puts % 3);
  });

  test('steps over the days of a closing that are there, so one that takes longer than a run comes to an end', async () => {
    const books = usual();
    for (let day = 2; day <= 6; day++) books.enter('m', `2026-03-0${day}`, 1);
    books.close('m', '2026-03-06', [524, 1, 525]);
    const { dying, dieAfter } = dyingStore();
    for (const puts of [7, 7]) {
      dieAfter(puts);
      await expect(run(books, dying)).rejects.toThrow('killed');
    }
    dieAfter(Number.POSITIVE_INFINITY);
    // Two days of the first run, two of the second, and one file of the fifth.
    expect(await run(books, dying)).toEqual({ closings: 1, written: 5, present: 13, isWhole: true });
    await run(books);
    expect(dying.files).toEqual(store.files);
  });

  test('ends where there is no time left, and says so; the next goes on', async () => {
    const books = many();
    const isTimeLeft = timeFor(70);
    expect(await run(books, store, { isTimeLeft })).toEqual({
      closings: 70,
      written: 210,
      present: 0,
      isWhole: false,
    });
    expect(await run(books)).toEqual({ closings: 50, written: 150, present: 0, isWhole: true });
  });

  test('begins with the partition whose turn it is, so that one that takes all the time does not stop the others', async () => {
    const books = many().configure('other').close('other', '2026-03-01', [0, 0, 0]);
    await run(books, store, { turn: 7, isTimeLeft: timeFor(2) });
    expect(sets()).toEqual(['2026-03-01/other/2', '2026-03-01/m/4']);
    await run(books, store, { turn: 8, isTimeLeft: timeFor(1) });
    expect(sets()).toHaveLength(3);
    expect(await run(books)).toMatchObject({ closings: 118, isWhole: true });
  });

  test('beside others writes each file once', async () => {
    const books = many();
    const counts = await Promise.all([run(books), run(books), run(books)]);
    expect(counts.reduce((sum, { written }) => sum + written, 0)).toBe(360);
    expect(store.files.size).toBe(360);
  });
});
