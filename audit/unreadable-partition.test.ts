/** A partition that nobody can read on in is named, and hides nothing of the others. */
import { KafkaFailure } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { expect, jest, test } from '@jest/globals';
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

test('another failure of the logs ends the audit', async () => {
  const system = await MemorySystem.of(input);
  system.endOffset = async () => {
    throw new KafkaFailure('refused', 'no rights');
  };
  await expect(system.audit()).rejects.toMatchObject({ code: 'refused' });
});
