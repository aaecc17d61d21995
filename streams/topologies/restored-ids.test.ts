/**
 * A state that is read back from the outputs is the state that was lost, whichever way the ledger's records are read: in outline,
 * as nearly all of them are, or decoded as a whole, as those of another version of the schema are. The same ids are known, with
 * the same content, and whatever comes then gives the same outputs, byte for byte.
 */
import { idOf } from '@fluxo/domain';
import { openLocalCodecs } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type GeneratedSubmission, generateSubmissions } from '../../testing/submission-generator.ts';
import { Outbox } from '../engine/outbox.ts';
import type { LogRecord, OutputRecord, PartitionReader } from '../engine/ports.ts';
import { restoreState } from '../engine/restore.ts';
import { Task } from '../engine/task.ts';
import { dailyBalanceTopology } from './daily-balance.topology.ts';
import { ID_MEMORY_MS, type PartitionState } from './partition-state.ts';
import type { DailyBalanceCodecs, OutlineCodec } from './record-codec.ts';

const MERCHANTS = 4;
const BATCH = 50;

let codecs: DailyBalanceCodecs;

beforeAll(async () => {
  codecs = await openLocalCodecs();
});

/** Codecs whose ledger is read in outline where `isOutlined` says so; `outlined` counts what was. */
function reading(isOutlined: (record: number) => boolean): DailyBalanceCodecs & { outlined: number } {
  let asked = 0;
  const ledger: OutlineCodec = {
    encode: (type, value) => codecs.ledger.encode(type, value),
    decode: (value) => codecs.ledger.decode(value),
    hasUnknownSchema: (value) => codecs.ledger.hasUnknownSchema(value),
    refresh: () => codecs.ledger.refresh(),
    outlineReader: (type, fields) => {
      const outlineOf = codecs.ledger.outlineReader(type, fields);
      return (value) => {
        asked += 1;
        const outline = isOutlined(asked) ? outlineOf(value) : undefined;
        if (outline !== undefined) watched.outlined += 1;
        return outline;
      };
    },
  };
  const watched = { ...codecs, ledger, outlined: 0 };
  return watched;
}

/** What was published, with nothing pending. */
class Logs implements PartitionReader {
  readonly #logs = new Map<string, LogRecord[]>();

  of(topic: string): LogRecord[] {
    const log = this.#logs.get(topic) ?? [];
    this.#logs.set(topic, log);
    return log;
  }

  append(records: readonly OutputRecord[], timestampMs: number): void {
    for (const { topic, key, value } of records) {
      const log = this.of(topic);
      log.push({ offset: log.length, timestampMs, key, value: Buffer.from(value) });
    }
  }

  topicId = async (topic: string): Promise<string> => topic;
  endOffset = async (topic: string): Promise<number> => this.of(topic).length;
  startOffset = async (): Promise<number> => 0;

  async offsetAtTime(topic: string, _partition: number, timestampMs: number): Promise<number> {
    const index = this.of(topic).findIndex((record) => record.timestampMs >= timestampMs);
    return index < 0 ? this.of(topic).length : index;
  }

  async *read({ topic, from, to }: { topic: string; from: number; to: number }): AsyncGenerator<LogRecord[]> {
    for (let at = from; at < to; at += 333) yield this.of(topic).slice(at, Math.min(to, at + 333));
  }
}

function taskOf(state: PartitionState, position: number): Task<PartitionState> {
  return new Task(dailyBalanceTopology({ codecs, partitions: 1 }), { partition: 0, position, state });
}

/** Processes the records in one transaction and says what it published. */
async function transaction(
  task: Task<PartitionState>,
  records: readonly LogRecord[],
): Promise<readonly OutputRecord[]> {
  const outbox = new Outbox();
  const out = outbox.into(0);
  task.enqueue({ partition: 0, records, nextOffset: (records.at(-1)?.offset ?? -1) + 1 });
  await task.prepare();
  while (task.ready !== undefined) task.processNext(out);
  task.flush(out);
  task.commit();
  return outbox.records;
}

async function restored(read: DailyBalanceCodecs, logs: Logs, committed: number): Promise<PartitionState> {
  const { state } = await restoreState({
    topology: dailyBalanceTopology({ codecs: read, partitions: 1 }),
    reader: logs,
    partition: 0,
    committed,
    isInterrupted: () => false,
    clock: { nowMs: () => 0, sleep: async () => undefined },
    onWaiting: () => undefined,
  });
  return state;
}

function recordOf({ type, value, recordedAt }: GeneratedSubmission, offset: number): LogRecord {
  const encoded = codecs.submissions.encode(type, value);
  return { offset, timestampMs: recordedAt, key: Buffer.from(value.merchantId), value: encoded };
}

/** All that it knows, merchant by merchant; of ids whatever was asked for. */
function known(state: PartitionState, ids: readonly string[]): unknown {
  return [...state.merchants.values()]
    .map(({ merchantId, number, head, settings, days }) => ({
      merchantId,
      revision: head.revision,
      chainHead: Buffer.from(head.chainHead).toString('hex'),
      settings,
      days: days.map(({ businessDate, figures }) => [businessDate, figures.accounts, figures.byKind]),
      ids: ids.map((id) => state.ids.find(number, id)),
    }))
    .toSorted((a, b) => (a.merchantId < b.merchantId ? -1 : 1));
}

const shown = (records: readonly OutputRecord[]): readonly string[] =>
  records.map(
    ({ topic, key, value }) =>
      `${topic} ${Buffer.from(key ?? []).toString()} ${Buffer.from(value).toString('hex')}`,
  );

const COUNT = 1_600;

/** A processor that has processed the first half of what was generated. */
async function lived({ seed, days }: { readonly seed: number; readonly days: number }) {
  const submissions = [...generateSubmissions({ seed, days, count: COUNT, merchants: MERCHANTS })];
  const log = submissions.map((submission, offset) => recordOf(submission, offset));
  const half = COUNT / 2;
  const logs = new Logs();
  const living = dailyBalanceTopology({ codecs, partitions: 1 }).createState(0);
  const task = taskOf(living, 0);
  for (let at = 0; at < half; at += BATCH) {
    const records = log.slice(at, Math.min(half, at + BATCH));
    logs.append(await transaction(task, records), records.at(-1)?.timestampMs ?? 0);
  }
  const ids = submissions.map((submission) => idOf(submission as never));
  return { logs, living, task, ids, half, further: log.slice(half) };
}

describe.each([
  { seed: 11, days: 3 },
  { seed: 12, days: 30 },
  { seed: 13, days: 44 },
])('restored from the outputs of $days days', ({ seed, days }) => {
  test('it knows the same and goes on in the same way, read in outline, as a whole, or by turns', async () => {
    const { logs, living, task, ids, half, further } = await lived({ seed, days });
    const ways = {
      outline: reading(() => true),
      whole: reading(() => false),
      byTurns: reading((record) => record % 3 !== 0),
    };
    const states = {
      outline: await restored(ways.outline, logs, half),
      whole: await restored(ways.whole, logs, half),
      byTurns: await restored(ways.byTurns, logs, half),
    };
    const postings = logs
      .of(topics.ledger.name)
      .filter(({ value }) => codecs.ledger.decode(value).kind === 'record')
      .filter(({ value }) => (codecs.ledger.decode(value) as { type: string }).type === 'EntryPosted');
    expect(postings.length).toBeGreaterThan(200);
    expect(ways.outline.outlined).toBe(postings.length);
    expect(ways.whole.outlined).toBe(0);

    const want = known(living, ids);
    const kept = states.whole.ids.keep();
    for (const state of Object.values(states)) {
      expect(known(state, ids)).toEqual(want);
      expect(state.ids.keep()).toEqual(kept);
      expect(state.ids.bytes).toBe(states.whole.ids.bytes);
    }
    const tasks = Object.values(states).map((state) => taskOf(state, half));
    for (let at = 0; at < further.length; at += BATCH) {
      const records = further.slice(at, at + BATCH);
      const outputs = shown(await transaction(task, records));
      for (const each of tasks) expect(shown(await transaction(each, records))).toEqual(outputs);
    }
  });

  test('a ledger that ends before the documents do is refused: what is missing would be counted twice', async () => {
    const { logs, half } = await lived({ seed, days });
    logs.of(topics.ledger.name).splice(-1);
    await expect(
      restored(
        reading(() => true),
        logs,
        half,
      ),
    ).rejects.toThrow(/I5 violated: .*the ledger was not read up to its head/);
  });
});

test("an id that counts is known also where the clock of the ledger's broker was behind that of the submissions", async () => {
  const { logs, half } = await lived({ seed: 14, days: 120 });
  const ledger = logs.of(topics.ledger.name);
  const eventOf = ({ value }: LogRecord) =>
    (
      codecs.ledger.decode(value) as {
        value: { entryId?: string; recordedAt: number; merchantId: string };
      }
    ).value;
  const latest = Math.max(...ledger.map((record) => eventOf(record).recordedAt));
  const first = ledger.findIndex(
    (record) => eventOf(record).recordedAt >= latest - ID_MEMORY_MS && 'entryId' in eventOf(record),
  );
  const behindMs = latest - ID_MEMORY_MS - 50 * 60_000;
  for (let at = 0; at <= first; at++) {
    const record = ledger[at] as LogRecord;
    ledger[at] = { ...record, timestampMs: Math.min(record.timestampMs, behindMs) };
  }
  const { merchantId, entryId = '' } = eventOf(ledger[first] as LogRecord);
  expect(first).toBeGreaterThan(0);
  const state = await restored(
    reading(() => true),
    logs,
    half,
  );
  expect(state.merchants.get(merchantId)?.remembered(entryId)).toBeDefined();
});
