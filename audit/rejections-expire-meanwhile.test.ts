/**
 * Retention removes rejections while the judge reads them. That is no loss and no end of the audit: they are counted as those that had
 * expired before it began. Nothing else may be gone by that.
 */
import { KafkaFailure } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { describe, expect, jest, test } from '@jest/globals';
import { codecs, MemorySystem } from '../testing/audited-system.ts';
import { input } from '../testing/planted-bug.ts';
import { judgeRejections } from './view-rejections.ts';
import type { ShownRejection } from './views/view.ts';

/** Whole histories are judged, also on a machine with other things to do. */
jest.setTimeout(60_000);

const youngMs = input.at(0)?.record.timestampMs ?? 0;
const oldMs = (input.at(-1)?.record.timestampMs ?? 0) + topics.rejections.retentionMs + 1;
/** As many as the memory's logs hand out at once. */
const BATCH = 10;

/** What happens to the log of partition 0 while it is read. */
type Expiry = {
  readonly name: 'rejections' | 'ledger';
  /** Which fetch, from 0 on, finds that so many records are gone. */
  readonly fetch: number;
  readonly gone: number;
  readonly onGone?: () => void;
};

/** The log's beginning moves between two fetches, and a position before it is refused, as Kafka does it. */
function expireWhileRead(system: MemorySystem, { name, fetch, gone, onGone }: Expiry): void {
  const [read, startOffset] = [system.read.bind(system), system.startOffset.bind(system)];
  const log = system.log(name, 0);
  const end = log.length;
  let [start, fetches] = [0, -1];
  system.startOffset = async (topic, partition) =>
    topic === topics[name].name && partition === 0 ? start : startOffset(topic, partition);
  system.read = async function* (range) {
    if (range.topic !== topics[name].name || range.partition !== 0) return yield* read(range);
    for (let { from } = range; from < range.to; ) {
      fetches += 1;
      if (fetches === fetch) {
        start = log[gone]?.offset ?? end;
        log.splice(0, gone);
        onGone?.();
      }
      if (from < start) throw new KafkaFailure('offset-out-of-range', `the log begins at ${start}`);
      const [records] = await Array.fromAsync(read({ ...range, from }));
      if (records === undefined) return;
      yield records;
      from = (records.at(-1)?.offset ?? from) + 1;
    }
  };
}

test.each([
  ['before the first fetch', 0, 5],
  ['between two fetches', 1, 15],
  ['all that were not read yet', 1, 1_000],
  ['none that was not read yet', 1, 7],
])('%s: what expired is counted, and not missed', async (_name, fetch, gone) => {
  const whole = await (await MemorySystem.of(input)).audit();
  const system = await MemorySystem.of(input);
  let nowMs = youngMs;
  const onGone = () => {
    nowMs = oldMs;
  };
  expireWhileRead(system, { name: 'rejections', fetch, gone, onGone });
  const { differences, counts } = await system.audit({ now: () => nowMs });
  expect(differences.kept).toEqual([]);
  expect(counts).toEqual({ ...whole.counts, rejections: expect.any(Number) });
});

test('what is gone and cannot have expired is missed', async () => {
  const system = await MemorySystem.of(input);
  expireWhileRead(system, { name: 'rejections', fetch: 1, gone: 15 });
  const { differences } = await system.audit({ now: () => youngMs });
  expect(differences.kept.filter(({ found }) => found === 'absent')).toHaveLength(15 - BATCH);
});

test.each([
  ['before', 3],
  ['right before the last one that was read before', BATCH - 1],
  ['behind', 18],
])('one that is gone %s them is missed', async (_name, place) => {
  const system = await MemorySystem.of(input);
  system.log('rejections', 0).splice(place, 1);
  expireWhileRead(system, { name: 'rejections', fetch: 1, gone: 14 });
  const { differences } = await system.audit({ now: () => oldMs });
  expect(differences.kept).toMatchObject([
    { where: topics.rejections.name, field: 'record', found: 'absent' },
    { where: topics.submissions.name, field: 'count (I10)' },
  ]);
});

test('a ledger without its beginning ends the audit: it is kept for ever', async () => {
  const system = await MemorySystem.of(input);
  expireWhileRead(system, { name: 'ledger', fetch: 1, gone: 15 });
  await expect(system.audit({ now: () => oldMs })).rejects.toMatchObject({ code: 'offset-out-of-range' });
});

describe('a view that still shows what has expired meanwhile', () => {
  /** What a view shows of a refusal, with nothing of it but its place right. */
  function shownOf(value: Uint8Array | null): ShownRejection {
    const decoded = codecs.rejections.decode(value);
    if (decoded.kind !== 'record' || decoded.type !== 'SubmissionRejected') throw new Error('no rejection');
    const { sourceOffset, code, recordedAt } = decoded.value;
    const said = { merchantId: null, submissionType: null, submissionId: null, submittedAt: null };
    return { sourceOffset, code, recordedAt, key: null, keptValueSha256: '', valueSha256: '', ...said };
  }

  /** Keys of refusals that are said to be missing or too many. */
  async function judged(system: MemorySystem, rows: readonly ShownRejection[]): Promise<readonly string[]> {
    const keys: string[] = [];
    const shown = (async function* () {
      yield* rows;
    })();
    await judgeRejections(shown, {
      logs: system,
      codecs,
      slice: { partition: 0, holds: () => true },
      add: ({ key, field }) => {
        if (field === 'record') keys.push(key);
      },
    });
    return keys;
  }

  test.each([
    ['before the first fetch', 0, 5],
    ['between two fetches', 1, 15],
    ['all that were not read yet', 1, 1_000],
  ])('%s: shows nothing too much by that', async (_name, fetch, gone) => {
    const system = await MemorySystem.of(input);
    const rows = system.log('rejections', 0).map(({ value }) => shownOf(value));
    expireWhileRead(system, { name: 'rejections', fetch, gone });
    expect(await judged(system, rows)).toEqual([]);
  });

  test.each([
    ['before', 3],
    ['behind', 18],
  ])('one too much %s what is gone is found', async (_name, place) => {
    const system = await MemorySystem.of(input);
    const rows = system.log('rejections', 0).map(({ value }) => shownOf(value));
    system.log('rejections', 0).splice(place, 1);
    expireWhileRead(system, { name: 'rejections', fetch: 1, gone: 14 });
    expect(await judged(system, rows)).toEqual([`submission ${rows[place]?.sourceOffset}`]);
  });
});
