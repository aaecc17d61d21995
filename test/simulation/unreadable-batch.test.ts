/**
 * A batch that nobody can read: some kilobytes in one partition of the submissions that stand for more than a process has room for. The
 * processor is the real one, over simulated brokers: only that partition stands still, and no process ends of it.
 */
import { topics } from '@fluxo/schemas';
import { expect, jest, test } from '@jest/globals';
import { sampleBatch } from '../../kafka/record-batch-samples.ts';
import { store } from '../../testing/simulation/broker/stored-batch.ts';
import { Catalogue } from '../../testing/simulation/catalogue.ts';
import type { World } from '../../testing/simulation/world.ts';
import { later, stage, until } from './stage.ts';

jest.setTimeout(60_000);

const STANDING = 0;

const endOf = (world: World, partition: number): number =>
  world.cluster.log(topics.submissions.name, partition)?.end ?? 0;

/** Half of what the partition gets, and then the batch. Returns the offset of the batch. */
function arriveBefore(world: World, bomb: Buffer): number {
  const arrivals = world.arrivals()[STANDING] ?? [];
  for (const arrive of arrivals.slice(0, arrivals.length / 2)) arrive();
  const offset = endOf(world, STANDING);
  const nowMs = Math.floor(world.timeline.nowMs);
  world.cluster.log(topics.submissions.name, STANDING)?.put(store(bomb, { offset, nowMs }));
  world.cluster.appended({ topic: topics.submissions.name, partition: STANDING });
  return offset;
}

test('its partition stands still at it and is told once, the others go on, and so it is with whoever comes next', async () => {
  const catalogue = await Catalogue.open();
  const { world, lines } = stage(catalogue);
  const value = Buffer.alloc(65 * 1024 * 1024);
  const bomb = sampleBatch({ baseOffset: 0, records: [{ key: null, value }], compression: 'zstd' });
  expect(bomb.length).toBeLessThan(4_000);
  const others = world.arrivals().flatMap((arrivals, partition) => (partition === STANDING ? [] : arrivals));
  const pausesOf = (name: string) => lines.filter((line) => line.includes(`${name} paused`));
  const standsAt = (offset: number) => (): boolean =>
    world.judge.positions.every(
      (position, partition) => position === (partition === STANDING ? offset : endOf(world, partition)),
    );

  world.fleet.start('p1');
  for (const arrive of others.slice(0, others.length / 2)) arrive();
  const offset = arriveBefore(world, bomb);
  await until(world, () => standsAt(offset)() && pausesOf('p1').length > 0);
  for (const arrive of others.slice(others.length / 2)) arrive();
  await until(world, standsAt(offset));
  await later(world, 5_000);
  expect(pausesOf('p1')).toEqual([
    expect.stringContaining(`p1 paused partition ${STANDING}: unreadable-batch`),
  ]);
  expect(world.fleet.running).toHaveLength(1);

  for (const process of world.fleet.running) process.kill();
  world.fleet.start('p2');
  await until(world, () => pausesOf('p2').length > 0);
  expect(standsAt(offset)()).toBe(true);
  expect(lines.filter((line) => line.includes(' ends'))).toEqual([]);
});
