/**
 * The fear: a process stands still in the middle of a restore, between the committed offsets and the ends of the outputs, for so long
 * that another one takes over and goes on. When it wakes it finds results of submissions beyond the offsets it knows. That is no
 * damage and no reason to tell an operator that offsets were set back: it has lost its place and must join again.
 * Found by seed 3191 of the simulation, where such a process ended instead.
 */
import { consumerGroups } from '@fluxo/schemas';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { Catalogue } from '../../testing/simulation/catalogue.ts';
import { arriveAll, later, stage, until } from '../simulation/stage.ts';

/** Simulated time is cheap, but a busy machine may take its own. */
jest.setTimeout(60_000);

let catalogue: Catalogue;

beforeAll(async () => {
  catalogue = await Catalogue.open();
});

test('a zombie that wakes in a restore joins again', async () => {
  let step: 'joining' | 'offsets read' | 'held' = 'joining';
  // The membership is checked once more after the offsets were read: it stands still right after that.
  const { world, lines } = stage(catalogue, ({ name }) => {
    const isHeld = step === 'offsets read' && name === 'heartbeat';
    if (step === 'joining' && name === 'offsetFetch') step = 'offsets read';
    if (isHeld) step = 'held';
    return isHeld;
  });
  world.fleet.start('p1');
  await until(world, () => world.fleet.all.length === 1 && world.fleet.running.length === 0);
  const [zombie] = world.fleet.all;
  world.fleet.start('p2');
  arriveAll(world, 'first half');
  await until(world, () => world.judge.commits >= 3);
  // Its first heartbeat finds another coordinator in charge, so it hears of its loss only with the next one.
  world.cluster.move(`group ${consumerGroups.streams}`);
  zombie?.thaw();
  await later(world, 5_000);
  expect(lines.filter((line) => line.includes('p1 ends'))).toEqual([]);
  expect(lines.some((line) => line.includes('p1 is retrying taking over partitions'))).toBe(true);
  await until(world, () => lines.filter((line) => line.includes('p1 is assigned')).length >= 2);
  arriveAll(world, 'second half');
  await world.finish();
});
