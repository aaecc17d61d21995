/** Looks for seeds: for each processor broken on purpose, the first schedule that finds it out. For `seeds.ts`. */
import { Catalogue } from '../../testing/simulation/catalogue.ts';
import { runSchedule } from '../../testing/simulation/schedule.ts';
import { plantedBugs } from '../simulation/planted-bugs.ts';

const SCHEDULES_MAX = 1_000;
const catalogue = await Catalogue.open();
Error.stackTraceLimit = 0;

for (const [name, bug] of Object.entries(plantedBugs)) {
  let found = 'not found';
  for (let seed = 1; seed <= SCHEDULES_MAX && found === 'not found'; seed++) {
    const { violation } = await runSchedule({ seed, ...catalogue.commissionFor(seed), ...bug });
    if (violation !== null) found = `seed ${seed}: ${violation.message}`;
  }
  console.log(`${name}: ${found}`);
}
