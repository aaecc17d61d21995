/** Every kept seed passes with the real processor, and still leads where it led when it was kept. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Catalogue } from '../../testing/simulation/catalogue.ts';
import { runSchedule } from '../../testing/simulation/schedule.ts';
import { plantedBugs } from '../simulation/planted-bugs.ts';
import { keptSeeds } from './seeds.ts';

let catalogue: Catalogue;

beforeAll(async () => {
  catalogue = await Catalogue.open();
});

describe.each(keptSeeds)('seed $seed: $fear', ({ seed, plantedBug }) => {
  test('the real processor comes through', async () => {
    expect((await runSchedule({ seed, ...catalogue.commissionFor(seed) })).violation).toBeNull();
  }, 60_000);

  if (plantedBug !== null)
    test(`a processor where ${plantedBug} does not`, async () => {
      const bug = plantedBugs[plantedBug];
      const { violation } = await runSchedule({ seed, ...catalogue.commissionFor(seed), ...bug });
      expect(violation).not.toBeNull();
    }, 60_000);
});
