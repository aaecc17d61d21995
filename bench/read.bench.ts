/**
 * Readers under load: the query API beside what one would write without it (`reading/beside.ts`), and the whole system while tills sell and
 * processes are killed (`reading/whole-system.ts`). The load is open and comes from a process of its own (`reading/load-process.ts`). Prints a JSON line
 * for each measurement. Run by `npm run bench:read`; `-- --quick` tries everything out in a few minutes, for figures that mean nothing.
 */
import { TestDatabase } from '../testing/test-database.ts';
import { besideOthers, type Effort } from './reading/beside.ts';
import { LoadGenerator } from './reading/load-generator.ts';
import { ReadingScene } from './reading/scene.ts';
import { wholeSystem } from './reading/whole-system.ts';

const isQuick = process.argv.includes('--quick');
const effort: Effort = isQuick
  ? { rounds: 1, closedSeconds: 1, openSeconds: 3, kneeSeconds: 1 }
  : { rounds: 5, closedSeconds: 4, openSeconds: 20, kneeSeconds: 5 };

/** The database of its own in Redis: the views' holds nothing else. */
const REDIS_DATABASE = 5;

async function print(lines: AsyncIterable<object>): Promise<void> {
  for await (const line of lines) console.log(JSON.stringify({ bench: 'read', ...line }));
}

const generator = new LoadGenerator();
const scene = await ReadingScene.start();
try {
  const { redis, postgres } = scene.stack.addresses;
  const database = await TestDatabase.create({ server: postgres, count: 0 });
  const stores = { redis: `${redis}/${REDIS_DATABASE}`, postgres: database.url('postgres') };
  await print(besideOthers(generator, stores, effort));
  await print(wholeSystem(generator, scene, effort));
} finally {
  generator.stop();
  await scene.end();
}
