/** A partition that nobody can read on in is named, and hides nothing of the others. */
import { KafkaFailure, UnreadableBatch, UnreadablePartition } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { describe, expect, jest, test } from '@jest/globals';
import { MemorySystem } from '../testing/audited-system.ts';
import { input } from '../testing/planted-bug.ts';

/** Whole histories are judged, also on a machine with other things to do. */
jest.setTimeout(60_000);

/** From the second batch on partition 0 of the topic is refused, as `LogReader` does it. */
function breakPartition(system: MemorySystem, topic: string): void {
  const read = system.read.bind(system);
  system.read = async function* (range) {
    const isBroken = range.topic === topic && range.partition === 0;
    for await (const records of read(range)) {
      yield records;
      if (isBroken) throw new KafkaFailure('corrupt-log', `${topic}-0 cannot be read on at offset 10.`);
    }
  };
}

test.each(['submissions', 'ledger'] as const)(
  '%s: the partition is not judged and says why; all others are, with what differs there',
  async (name) => {
    const whole = await (await MemorySystem.of(input)).audit();
    const system = await MemorySystem.of(input);
    breakPartition(system, topics[name].name);
    system.log('ledger', 1).pop();
    const { partitions, differences } = await system.audit();
    expect(partitions).toEqual([
      { ...whole.partitions[0], nextOffset: 0, unreadable: expect.stringContaining('at offset 10') },
      ...whole.partitions.slice(1),
    ]);
    expect(partitions.length).toBeGreaterThan(1);
    expect(differences.kept.filter(({ partition }) => partition === 0)).toEqual([]);
    expect(differences.count).toBeGreaterThan(0);
  },
);

describe('a batch of submissions whose records nobody can read', () => {
  const submissions = topics.submissions.name;
  const offsets = input.filter(({ partition }) => partition === 0).map(({ record }) => record.offset);
  const batch = { baseOffset: offsets[90] as number, lastOffset: offsets[96] as number };
  const isIn = ({ partition, record }: (typeof input)[number]) =>
    partition === 0 && record.offset >= batch.baseOffset && record.offset <= batch.lastOffset;

  /** What stands before it is read, and what stands behind it where somebody asks for that. */
  function spoil(system: MemorySystem): MemorySystem {
    const read = system.read.bind(system);
    system.read = async function* (range) {
      const isSpoilt = range.topic === submissions && range.partition === 0 && range.from <= batch.lastOffset;
      if (!isSpoilt) return yield* read(range);
      yield* read({ ...range, to: batch.baseOffset });
      const place = { topic: submissions, partition: 0, offset: batch.baseOffset };
      throw new UnreadablePartition(
        place,
        new UnreadableBatch(batch, new KafkaFailure('corrupt-log', 'No.')),
      );
    };
    return system;
  }

  const passedOver = async () =>
    spoil(
      await MemorySystem.of(
        input,
        input.filter((each) => !isIn(each)),
      ),
    );

  test.each([1_000, 40])(
    'where the processor was led past it, all else is judged: %d in a pass',
    async (sliceSubmissionsMax) => {
      const system = await passedOver();
      const { partitions, differences, counts } = await system.audit({ sliceSubmissionsMax });
      expect(differences.kept).toEqual([]);
      expect(partitions[0]).toEqual({
        partition: 0,
        nextOffset: await system.committed(0),
        endOffset: await system.endOffset(submissions, 0),
        passed: [batch],
      });
      expect(counts.submissions).toBe(input.filter((each) => !isIn(each)).length);
      system.log('ledger', 0).pop();
      expect((await system.audit({ sliceSubmissionsMax })).differences.count).toBeGreaterThan(0);
    },
  );

  test('where it was damaged after it had been processed, nothing of the partition is judged', async () => {
    const { partitions, differences } = await spoil(await MemorySystem.of(input)).audit();
    expect(partitions[0]).toMatchObject({
      nextOffset: 0,
      unreadable: expect.stringContaining('cannot be read on'),
    });
    expect(differences.kept).toEqual([]);
  });

  test('where the processor stands before it, neither', async () => {
    const system = await passedOver();
    system.beganAt.set(0, batch.baseOffset);
    expect((await system.audit()).partitions[0]).toMatchObject({ unreadable: expect.anything() });
  });
});

test('another failure of the logs ends the audit', async () => {
  const system = await MemorySystem.of(input);
  system.endOffset = async () => {
    throw new KafkaFailure('refused', 'no rights');
  };
  await expect(system.audit()).rejects.toMatchObject({ code: 'refused' });
});
