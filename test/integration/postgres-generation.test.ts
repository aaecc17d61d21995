/**
 * A new generation of the read tables takes the place of the old one only when it holds at least as much; a sink that writes at that moment waits
 * and goes on in the new one. Needs Postgres; no Kafka: batches are given as the sinks' loop would give them.
 */
import { topics } from '@fluxo/schemas';
import {
  PostgresBalanceSink,
  PostgresGeneration,
  PostgresRejectionSink,
  PostgresStore,
  type Sink,
} from '@fluxo/sinks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { aBalance } from '../../query-api/views/view-fixtures.ts';
import { TestDatabase } from '../../testing/test-database.ts';
import { aRejection, codecs, PostgresScene } from './postgres-scene.ts';
import { shapeOf } from './postgres-shape.ts';

jest.setTimeout(120_000);

const topic = topics.dailyBalances.name;

let scene: PostgresScene;
let generation: PostgresGeneration;
const opened: Sink[] = [];
beforeAll(async () => {
  scene = await PostgresScene.open();
});
afterAll(() => scene.close());
beforeEach(async () => {
  await scene.lose();
  generation = await PostgresGeneration.begin(scene.database.url('fluxo_owner'));
});
afterEach(async () => {
  for (const sink of opened.splice(0)) await sink.close();
  await generation.close();
});

const storeIn = (schema: string) => new PostgresStore(scene.database.url('fluxo_owner'), 'test', schema);

function sinkIn(schema: string): PostgresBalanceSink {
  const sink = new PostgresBalanceSink(storeIn(schema), codecs.dailyBalances);
  opened.push(sink);
  return sink;
}

/** Writes refusals of these submissions, which stand from this offset on. */
async function refuse(schema: string, partition: number, refused: readonly number[], fromOffset = 0) {
  const sink = new PostgresRejectionSink(storeIn(schema), codecs);
  opened.push(sink);
  await sink.connect([partition]);
  const records = refused.map((sourceOffset, index) => ({
    offset: fromOffset + index,
    key: null,
    value: codecs.rejections.encode('SubmissionRejected', aRejection({ sourceOffset })),
  }));
  const nextOffset = fromOffset + records.length;
  await sink.write([{ partition, fromOffset, records, nextOffset, isComplete: true }]);
}

/** The document at this revision, which stands at the offset below it. */
function batchAt(revision: number) {
  const value = codecs.dailyBalances.encode('DailyBalance', aBalance({ revision }));
  const offset = revision - 1;
  const records = [{ offset, key: null, value }];
  return { partition: 0, fromOffset: offset, records, nextOffset: revision, isComplete: true };
}

/** What readers see: the revision of the document, and where the tables stand. */
const seen = () =>
  scene.query(
    `SELECT (SELECT revision FROM fluxo.daily_balances) AS revision,
       (SELECT next_offset FROM fluxo.positions WHERE topic = '${topic}') AS stands`,
  );

/** Switches; `whenWaiting` is called each time it has to wait, with the reason. */
function switched(endsAt: number, whenWaiting: (why: string) => void = () => undefined): Promise<void> {
  return generation.switch({
    endOffset: async () => endsAt,
    signal: AbortSignal.timeout(100_000),
    onWaiting: whenWaiting,
  });
}

test('one that is behind waits until it is not', async () => {
  const [live, fresh] = [sinkIn('fluxo'), sinkIn(generation.schema)];
  for (const sink of [live, fresh]) {
    await sink.connect([0]);
    await sink.write([batchAt(1)]);
  }
  await live.write([batchAt(2)]);
  const waits = Promise.withResolvers<string>();
  const switching = switched(2, waits.resolve);
  expect(await waits.promise).toContain('behind');
  expect(await seen()).toEqual([{ revision: 2, stands: 2 }]);
  await fresh.write([batchAt(2)]);
  await switching;
  expect(await seen()).toEqual([{ revision: 2, stands: 2 }]);
  await live.write([batchAt(3)]);
  expect(await seen()).toEqual([{ revision: 3, stands: 3 }]);
});

test('one that is ahead takes the place at once, and the sink is told where it stands', async () => {
  const [live, fresh] = [sinkIn('fluxo'), sinkIn(generation.schema)];
  for (const sink of [live, fresh]) {
    await sink.connect([0]);
    await sink.write([batchAt(1)]);
  }
  await fresh.write([batchAt(2)]);
  await switched(2);
  await expect(live.write([batchAt(2)])).rejects.toMatchObject({ code: 'sink-position-lost' });
  expect(await live.connect([0])).toEqual(new Map([[0, 2]]));
});

test('a position that no topic can have given is not waited for', async () => {
  const [live, fresh] = [sinkIn('fluxo'), sinkIn(generation.schema)];
  await live.connect([0]);
  await live.write([{ ...batchAt(1), nextOffset: 1_000_000 }]);
  await fresh.connect([0]);
  await fresh.write([batchAt(1)]);
  await switched(1);
  expect(await seen()).toEqual([{ revision: 1, stands: 1 }]);
});

test('refusals older than the topic keeps go along; of the others there are those that the topic has', async () => {
  // Of partition 0 the topic has forgotten the first two, of 1 all, of 2 none.
  await refuse('fluxo', 0, [1, 2, 5, 6]);
  await refuse('fluxo', 1, [3]);
  await refuse('fluxo', 2, [4, 9]);
  await refuse(generation.schema, 0, [5, 7], 2);
  await refuse(generation.schema, 1, [], 1);
  await refuse(generation.schema, 2, [9], 1);
  await generation.keepForgotten([0, 1]);
  await switched(4);
  const rows = await scene.query<{ partition: number; source_offset: number }>(
    'SELECT partition, source_offset FROM fluxo.rejections ORDER BY 1, 2',
  );
  expect(rows.map((row) => [row.partition, row.source_offset])).toEqual([
    [0, 1],
    [0, 2],
    [0, 5],
    [0, 7],
    [1, 3],
    [2, 9],
  ]);
});

test('tables that a new release has migrated meanwhile are not exchanged for ones of the release before', async () => {
  const database = await TestDatabase.create({ count: 2 });
  const former = await PostgresGeneration.begin(database.url('fluxo_owner'));
  try {
    await database.migrate();
    const shape = await shapeOf(database);
    const { signal } = new AbortController();
    await expect(
      former.switch({ endOffset: async () => 0, signal, onWaiting: () => undefined }),
    ).rejects.toMatchObject({ code: 'sink-refused', message: expect.stringContaining('migrated') });
    expect(await shapeOf(database)).toEqual(shape);
  } finally {
    await former.close();
    await database.drop();
  }
});
