/**
 * The audit of the Postgres tables: a whole history through the production topology, written by the sinks, equals the topics; and each
 * bug that is planted in the tables turns the judge red and is named. Needs Postgres; no Kafka.
 */
import { PostgresView } from '@fluxo/audit';
import { partitionOf } from '@fluxo/schemas';
import type { Sink } from '@fluxo/sinks';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Difference } from '../../audit/difference.ts';
import { MemorySystem, PARTITIONS } from '../../testing/audited-system.ts';
import { input } from '../../testing/planted-bug.ts';
import { codecs, PostgresScene } from './postgres-scene.ts';

jest.setTimeout(120_000);

let scene: PostgresScene;
let system: MemorySystem;
beforeAll(async () => {
  scene = await PostgresScene.open();
  system = await MemorySystem.of(input);
});
afterAll(async () => scene.close());
beforeEach(async () => {
  await scene.lose();
  await writeAll();
});

/** Everything the topology published, in writes of a few records. */
async function writeAll(): Promise<void> {
  const sinks = {
    ledger: scene.ledgerSink(),
    dailyBalances: scene.balanceSink(),
    merchants: scene.merchantSink(),
    rejections: scene.rejectionSink(),
  } as const;
  for (const [name, sink] of Object.entries(sinks) as [keyof typeof sinks, Sink][]) {
    await sink.connect(Array.from({ length: PARTITIONS }, (_, partition) => partition));
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const log = system.log(name, partition);
      for (let from = 0; from < log.length; from += 17) {
        const records = log.slice(from, from + 17);
        const nextOffset = from + records.length;
        const isComplete = nextOffset === log.length;
        await sink.write([{ partition, fromOffset: from, records, nextOffset, isComplete }]);
      }
    }
  }
}

async function audit() {
  const view = new PostgresView({
    url: scene.database.url('fluxo_auditor'),
    partitionOf: (merchantId) => partitionOf(Buffer.from(merchantId), PARTITIONS),
    codecs,
  });
  try {
    return await system.audit({ views: [view] });
  } finally {
    await view.close();
  }
}

const change = (sql: string) => scene.database.query('fluxo_owner', sql);

/** The first row of the ledger that is an entry with a row before and behind it. */
const SOME_ENTRY = `(merchant_id, ledger_seq) = (SELECT merchant_id, ledger_seq FROM fluxo.ledger
  WHERE record_type = 'EntryPosted' AND ledger_seq > 2 ORDER BY 1, 2 LIMIT 1)`;

test('a whole history is equal, and every document was looked at', async () => {
  const { differences, views, counts } = await audit();
  expect(differences.kept).toEqual([]);
  expect(views).toEqual([
    { view: 'Postgres', kind: 'judged', documents: counts.balances + counts.merchants, elsewhere: [] },
  ]);
  const [{ rows } = { rows: 0 }] = await scene.query<{ rows: number }>(
    'SELECT count(*) AS rows FROM fluxo.ledger',
  );
  expect(rows).toBe(counts.ledgerRecords);
  expect(counts.rejections).toBeGreaterThan(0);
  expect(await scene.query('SELECT FROM fluxo.rejections')).toHaveLength(counts.rejections);
  expect(scene.returned).toEqual([]);
});

describe('a planted bug', () => {
  const anywhere = { where: 'Postgres', partition: expect.any(Number), key: expect.any(String) };
  const bugs: readonly (readonly [string, string, Partial<Difference>])[] = [
    [
      'a ledger row that was never written',
      `DELETE FROM fluxo.ledger WHERE ${SOME_ENTRY}`,
      { field: 'ledgerSeq (I5)' },
    ],
    [
      'the last row of a ledger missing',
      `DELETE FROM fluxo.ledger WHERE (merchant_id, ledger_seq) =
         (SELECT merchant_id, max(ledger_seq) FROM fluxo.ledger GROUP BY 1 ORDER BY 1 LIMIT 1)`,
      { field: 'ledgerSeq (I5)' },
    ],
    [
      'a chain that is not the documents’',
      `WITH days AS (UPDATE fluxo.daily_balances SET chain_head = sha256(chain_head))
       UPDATE fluxo.merchants SET chain_head = sha256(chain_head)`,
      { field: 'hash' },
    ],
    [
      'a cent in a ledger row',
      `UPDATE fluxo.ledger SET amount_minor = amount_minor + 1 WHERE ${SOME_ENTRY}`,
      { field: 'columns, by their hash' },
    ],
    [
      'a description',
      `UPDATE fluxo.ledger SET description = 'x' WHERE ${SOME_ENTRY}`,
      { field: 'columns, by their hash' },
    ],
    [
      'a hash of its own making',
      `UPDATE fluxo.ledger SET hash = sha256('x') WHERE ${SOME_ENTRY}`,
      { field: 'columns, by their hash' },
    ],
    [
      'an id counted twice',
      `UPDATE fluxo.ledger SET occurrence = 2 WHERE ${SOME_ENTRY}`,
      { field: 'occurrence', expected: 1, found: 2 },
    ],
    [
      'a closing that lost its count',
      `UPDATE fluxo.ledger SET detail = '{"accounts": []}' WHERE record_type = 'DayClosed'`,
      { field: 'columns, by their hash' },
    ],
    [
      'a document that is missing',
      'DELETE FROM fluxo.daily_balances WHERE ctid = (SELECT min(ctid) FROM fluxo.daily_balances)',
      { field: 'record', expected: 'present', found: 'absent' },
    ],
    [
      'a line of a document too many',
      `INSERT INTO fluxo.balance_kinds SELECT merchant_id, business_date, 'BRL', 'GHOST', 0, 0, 1 FROM fluxo.daily_balances LIMIT 1`,
      { field: 'byKind' },
    ],
    [
      'a figure beside the others',
      'UPDATE fluxo.balance_accounts SET closing_minor = closing_minor + 1 WHERE ctid = (SELECT min(ctid) FROM fluxo.balance_accounts)',
      { field: 'accounts[0].closingMinor' },
    ],
    [
      'an older name of a merchant',
      "UPDATE fluxo.merchants SET name = 'older'",
      { field: 'name', found: 'older' },
    ],
    [
      'a merchant that never was',
      `INSERT INTO fluxo.merchants SELECT 'ghost', 0, name, late_entries, backdate_limit_days, closed_through, revision, chain_head,
         recorded_at FROM fluxo.merchants LIMIT 1`,
      { key: 'ghost' },
    ],
    [
      'a refusal that is missing',
      'DELETE FROM fluxo.rejections WHERE ctid = (SELECT max(ctid) FROM fluxo.rejections)',
      { field: 'record', found: 'absent' },
    ],
    [
      'a refusal that never was',
      `INSERT INTO fluxo.rejections (partition, source_offset, code, detail, recorded_at, value, value_sha256)
       SELECT partition, source_offset + 1, 'ghost', '', recorded_at, value, value_sha256 FROM fluxo.rejections AS one
       WHERE NOT EXISTS (SELECT FROM fluxo.rejections AS next WHERE next.partition = one.partition AND next.source_offset = one.source_offset + 1)
       ORDER BY source_offset LIMIT 1`,
      { field: 'record', expected: 'absent', found: 'ghost' },
    ],
    [
      'a refusal for another reason',
      "UPDATE fluxo.rejections SET code = 'other'",
      { field: 'code', found: 'other' },
    ],
    [
      'a byte of what was refused',
      "UPDATE fluxo.rejections SET value = value || '\\x00'::bytea",
      { field: 'keptValueSha256' },
    ],
    [
      'a refusal that its merchant does not find',
      'UPDATE fluxo.rejections SET merchant_id = NULL WHERE merchant_id IS NOT NULL',
      { field: 'merchantId', found: null },
    ],
    [
      'a refusal that is not found by the id of its submission',
      'UPDATE fluxo.rejections SET submission_type = NULL, submission_id = NULL, submitted_at = NULL',
      { field: 'submissionId', found: null },
    ],
    [
      'a refusal as if of another kind of submission',
      "UPDATE fluxo.rejections SET submission_type = 'DayReopenRequested'",
      { field: 'submissionType', found: 'DayReopenRequested' },
    ],
    [
      'a refusal as if submitted a millisecond later',
      "UPDATE fluxo.rejections SET submitted_at = submitted_at + interval '1 millisecond'",
      { field: 'submittedAt' },
    ],
    ['a wrong partition', 'UPDATE fluxo.merchants SET partition = 1 - partition', { field: 'partition' }],
  ];

  test.each(bugs)('%s is named', async (_name, sql, named) => {
    await change(sql);
    const { differences } = await audit();
    expect(differences.kept).toContainEqual(expect.objectContaining({ ...anywhere, ...named }));
  });

  test('a sink that has not caught up is waited for, and then said not to be judged', async () => {
    await change("UPDATE fluxo.positions SET next_offset = next_offset - 1 WHERE topic LIKE '%ledger%'");
    const { views } = await audit();
    expect(views).toMatchObject([
      { kind: 'not-judged', reason: expect.stringContaining('has not caught up') },
    ]);
  });
});
