/**
 * The Postgres sinks on a real Postgres, beyond the contract of all sinks: ids that come back after their time, bytes of strangers,
 * exact values, a server that is not ready or cut off. Needs Postgres; no Kafka.
 */
import { openConnection } from '@fluxo/postgres';
import { avroSchemas, type EntryPosted, type SubmissionRejected, subjectOf, topics } from '@fluxo/schemas';
import { PostgresBalanceSink, PostgresStore } from '@fluxo/sinks';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { aBalance, anEntry, uuid } from '../../query-api/views/view-fixtures.ts';
import { TestDatabase } from '../../testing/test-database.ts';
import { aRejection, codecs, PostgresScene, registry } from './postgres-scene.ts';

jest.setTimeout(120_000);

let scene: PostgresScene;
beforeAll(async () => {
  scene = await PostgresScene.open();
});
afterAll(async () => scene.close());
beforeEach(async () => scene.lose());

/** Values as one batch of partition 0, from this offset on. */
function batchOf(values: readonly Uint8Array[], fromOffset = 0) {
  const records = values.map((value, index) => ({ offset: fromOffset + index, key: null, value }));
  return { partition: 0, fromOffset, records, nextOffset: fromOffset + values.length, isComplete: true };
}

describe('an id that comes back after its time', () => {
  const occurrences = () =>
    scene.query('SELECT ledger_seq, record_id, leg, occurrence FROM fluxo.ledger ORDER BY ledger_seq');
  const encoded = (change: Partial<EntryPosted>) => codecs.ledger.encode('EntryPosted', anEntry(change));

  test('stands beside the first one, in the same write or a later one, and somebody is told', async () => {
    const sink = scene.ledgerSink();
    await sink.connect([0]);
    const transfer = (ledgerSeq: number) =>
      (['FROM', 'TO'] as const).map((leg, index) =>
        encoded({ entryId: uuid(2), leg, ledgerSeq: ledgerSeq + index }),
      );
    const first = batchOf([encoded({ ledgerSeq: 1 }), ...transfer(2), ...transfer(4)]);
    expect(await sink.write([first])).toEqual({ written: 5, refused: 0 });
    const again = batchOf([encoded({ ledgerSeq: 6 }), encoded({ ledgerSeq: 7 })], 5);
    expect(await sink.write([again])).toEqual({ written: 2, refused: 0 });
    expect(await occurrences()).toEqual([
      { ledger_seq: 1, record_id: uuid(1), leg: 'SINGLE', occurrence: 1 },
      { ledger_seq: 2, record_id: uuid(2), leg: 'FROM', occurrence: 1 },
      { ledger_seq: 3, record_id: uuid(2), leg: 'TO', occurrence: 1 },
      { ledger_seq: 4, record_id: uuid(2), leg: 'FROM', occurrence: 2 },
      { ledger_seq: 5, record_id: uuid(2), leg: 'TO', occurrence: 2 },
      { ledger_seq: 6, record_id: uuid(1), leg: 'SINGLE', occurrence: 2 },
      { ledger_seq: 7, record_id: uuid(1), leg: 'SINGLE', occurrence: 3 },
    ]);
    expect(scene.returned.map(({ ledgerSeq, occurrence }) => [ledgerSeq, occurrence])).toEqual([
      [4, 2],
      [5, 2],
      [6, 2],
      [7, 3],
    ]);
  });

  test('of another merchant is no return', async () => {
    const sink = scene.ledgerSink();
    await sink.connect([0]);
    await sink.write([batchOf([encoded({ ledgerSeq: 1 }), encoded({ ledgerSeq: 1, merchantId: 'm-2' })])]);
    expect(scene.returned).toEqual([]);
  });
});

describe('a rejection', () => {
  const rows = () =>
    scene.query(
      `SELECT code, detail, merchant_id, submission_type, submission_id, submitted_at, encode(value, 'escape') AS value
       FROM fluxo.rejections ORDER BY source_offset`,
    );
  const reversal = (change: object = {}) =>
    codecs.submissions.encode('ReversalSubmitted', {
      merchantId: 'm-1',
      submittedAt: Date.UTC(2026, 2, 1, 15),
      source: { system: 'till', deviceId: null, sequence: null },
      entryId: uuid(1),
      reversesEntryId: uuid(2),
      reason: 'wrong',
      occurredAt: Date.UTC(2026, 2, 1, 15),
      ...change,
    });

  async function write(changes: readonly Partial<SubmissionRejected>[]): Promise<void> {
    const sink = scene.rejectionSink();
    await sink.connect([0]);
    const values = changes.map((change, sourceOffset) =>
      codecs.rejections.encode('SubmissionRejected', aRejection({ sourceOffset, ...change })),
    );
    await sink.write([batchOf(values)]);
  }

  test('says what was refused where the bytes say so themselves and belong to the merchant of the key', async () => {
    await write([
      { value: reversal() },
      { value: reversal(), key: Buffer.from('m-2') },
      { value: reversal({ entryId: 'no uuid', submittedAt: 2 ** 53 - 1 }) },
    ]);
    const common = { code: 'malformed', detail: 'no wire format', value: expect.anything() };
    const none = { submission_type: null, submission_id: null, submitted_at: null };
    expect(await rows()).toEqual([
      {
        ...common,
        merchant_id: 'm-1',
        submission_type: 'ReversalSubmitted',
        submission_id: uuid(1),
        submitted_at: Date.UTC(2026, 2, 1, 15),
      },
      { ...common, ...none, merchant_id: 'm-2' },
      { ...common, ...none, merchant_id: 'm-1', submission_type: 'ReversalSubmitted' },
    ]);
  });

  test('of a submission whose schema was registered after the sink had started says what the others say', async () => {
    const subject = subjectOf(topics.submissions, 'ReversalSubmitted');
    const { fields, ...own } = avroSchemas.ReversalSubmitted as { readonly fields: readonly object[] };
    const further = { name: 'note', type: ['null', 'string'], default: null };
    const id = await registry.register(subject, { ...own, fields: [...fields, further] } as never);
    const newer = Buffer.from([...reversal(), 0]); // without a note
    newer.writeInt32BE(id, 1);
    await write([{ value: newer }]);
    expect(await rows()).toMatchObject([
      {
        submission_type: 'ReversalSubmitted',
        submission_id: uuid(1),
        submitted_at: Date.UTC(2026, 2, 1, 15),
      },
    ]);
  });

  test('of bytes that mean nothing is kept as it came, whatever is in it', async () => {
    await write([
      { key: null, value: Buffer.alloc(0), detail: 'a\0b' },
      { key: Buffer.from([0xff, 0]), value: Buffer.from([0, 0, 0, 0, 99, 1]) },
      { key: Buffer.from("m-1'; DROP"), value: Buffer.from('\\x41') },
    ]);
    const none = { merchant_id: null, submission_type: null, submission_id: null, submitted_at: null };
    expect(await rows()).toEqual([
      { code: 'malformed', detail: 'a\uFFFDb', value: '', ...none },
      { code: 'malformed', detail: 'no wire format', value: '\\000\\000\\000\\000c\x01', ...none },
      { code: 'malformed', detail: 'no wire format', value: '\\\\x41', ...none },
    ]);
  });
});

describe('a row', () => {
  test('carries every field as it was, digit by digit', async () => {
    const sink = scene.ledgerSink();
    await sink.connect([0]);
    await sink.write([
      batchOf([codecs.ledger.encode('EntryPosted', anEntry({ sourceOffset: 2 ** 53 - 1 }))]),
    ]);
    const [row] = await scene.query('SELECT * FROM fluxo.ledger');
    expect(row).toMatchObject({
      amount_minor: 1_000_000_000_000,
      source_offset: 2 ** 53 - 1,
      source_sequence: 2 ** 53 - 1,
      recorded_at: Date.UTC(2026, 2, 1, 15, 30, 0, 123),
      submitted_at: Date.UTC(2026, 2, 1, 15, 1, 2, 3),
      business_date: '2026-03-01',
      description: 'pão "de" \\ queijo \u{1F9C0}',
      hash: Buffer.alloc(32, 2),
    });
  });

  test('a document that lost a line of a list has it no more', async () => {
    const sink = scene.balanceSink();
    await sink.connect([0]);
    const [kind] = aBalance().byKind;
    const kinds = (['ADJUSTMENT', 'FEE', 'SALE'] as const).map((name) => ({ ...kind, kind: name }) as never);
    const encode = (byKind: never[], revision: number) =>
      codecs.dailyBalances.encode('DailyBalance', aBalance({ byKind, revision }));
    await sink.write([batchOf([encode(kinds, 2)])]);
    await sink.write([batchOf([encode(kinds.slice(1), 3)], 1)]);
    expect(await scene.query('SELECT kind FROM fluxo.balance_kinds ORDER BY kind')).toEqual([
      { kind: 'FEE' },
      { kind: 'SALE' },
    ]);
  });
});

describe('the database', () => {
  test('without tables is refused, and the message says what to do', async () => {
    const empty = await TestDatabase.create({ count: 0 });
    const sink = new PostgresBalanceSink(
      new PostgresStore(empty.url('fluxo_sink'), 'test'),
      codecs.dailyBalances,
    );
    await expect(sink.connect([0])).rejects.toMatchObject({
      code: 'sink-refused',
      message: expect.stringContaining('Run the migrations'),
    });
    await sink.close();
    await empty.drop();
  });

  test('that nobody answers at is waited for', async () => {
    const nowhere = new PostgresStore('postgres://fluxo_sink:x@127.0.0.1:1/fluxo', 'test');
    const sink = new PostgresBalanceSink(nowhere, codecs.dailyBalances);
    await expect(sink.connect([0])).rejects.toMatchObject({ code: 'sink-unavailable' });
  });

  test('a connection that is cut in the middle leaves nothing half written, and the same batch goes through afterwards', async () => {
    const sink = scene.balanceSink();
    await sink.connect([0]);
    const batch = batchOf([codecs.dailyBalances.encode('DailyBalance', aBalance())]);
    // A row lock stops the write between the document and its lists; then its connection is cut.
    const cut = await cutWhileItWaits('fluxo.balance_accounts', () => sink.write([batch]));
    expect(cut).toMatchObject({ status: 'rejected', reason: { code: 'sink-unavailable' } });
    expect(await scene.query('SELECT FROM fluxo.daily_balances')).toEqual([]);
    expect(await sink.write([batch])).toEqual({ written: 1, refused: 0 });
  });
});

/** Runs `write` while the table is locked, ends its connection once it waits for the lock, and lets the lock go; the outcome of `write`. */
async function cutWhileItWaits(
  table: string,
  write: () => Promise<unknown>,
): Promise<PromiseSettledResult<unknown>> {
  const locker = await openConnection({
    url: scene.database.url('fluxo_owner'),
    name: 'locker',
    timeoutMs: 20_000,
  });
  await locker.query('BEGIN');
  await locker.query(`LOCK TABLE ${table}`);
  const writing = Promise.allSettled([write()]);
  for (let cut = 0; cut === 0; )
    cut = (
      await scene.database.query(
        'postgres',
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = 'fluxo_sink' AND wait_event_type = 'Lock'`,
      )
    ).length;
  await locker.query('ROLLBACK');
  await locker.end();
  return (await writing)[0];
}
