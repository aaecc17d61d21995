/**
 * Makes the class archives of the servers that are Java's (`servers/class-archive.ts`), once for each Java: starts them in a place of their own, lets the
 * topics and schemas be made, and ends them, whereupon each writes down what it has loaded.
 */
import { existsSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../addresses.ts';
import { withLock } from '../file-lock.ts';
import { freePort } from '../free-port.ts';
import { stopProcess } from '../native-process.ts';
import { type Place, placeOf } from '../place.ts';
import { classArchive, recordedClasses } from '../servers/class-archive.ts';
import { serviceNamed } from '../services.ts';
import { Supervisor } from '../supervisor.ts';
import { kafkaFolder, registryFolder } from './downloads.ts';
import { findProgram, javaProgram } from './system-tools.ts';

const LOCK_WAIT_MS = 10 * 60_000;
/** Writing classes down takes some seconds, and many more on a busy machine. */
const END_WITHIN_MS = 120_000;

/** Does nothing where they are there. That they cannot be made keeps nobody from starting: it is only said. */
export async function ensureClassArchives(env: Environment, say: (line: string) => void): Promise<void> {
  const { cache } = placeOf(env);
  const folders = [kafkaFolder(cache), registryFolder(cache)];
  if (folders.every(isCurrent)) return;
  await withLock(join(cache, 'setup.lock'), { waitMs: LOCK_WAIT_MS }, async () => {
    if (folders.every(isCurrent)) return;
    say(
      'Starting Kafka and the registry once, so that they start sooner from then on (a quarter of a minute)',
    );
    try {
      await record(env, folders);
    } catch (error) {
      say(`That did not work, so they start as they are: ${String(error)}`);
    }
  });
}

/** Of this Java: one that was installed after it would pass it over. */
function isCurrent(folder: string): boolean {
  const java = findProgram('java') ?? javaProgram();
  const made = statSync(classArchive(folder), { throwIfNoEntry: false });
  return made !== undefined && existsSync(java) && made.mtimeMs > statSync(realpathSync(java)).ctimeMs;
}

async function record(env: Environment, folders: readonly string[]): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'fluxo-classes-'));
  // The ports behind it are as likely free.
  const stack = new Supervisor(placeFor(env, { home, portBase: await freePort() }));
  try {
    await stack.up(['kafka', 'registry', 'provision'].map(serviceNamed));
    for (const name of ['kafka', 'registry'])
      if ((await stopProcess(stack.place, name, { withinMs: END_WITHIN_MS })) !== 'graceful')
        throw new Error(`${name} did not end.`);
    for (const folder of folders) {
      // A Java without an archive of its own classes makes none of others' either: an empty one says so.
      if (!existsSync(recordedClasses(folder))) writeFileSync(recordedClasses(folder), '');
      renameSync(recordedClasses(folder), classArchive(folder));
    }
  } finally {
    await stack.down();
    rmSync(home, { recursive: true, force: true });
  }
}

function placeFor(env: Environment, { home, portBase }: Pick<Place, 'home' | 'portBase'>): Place {
  const own = { FLUXO_HOME: home, FLUXO_PORT_BASE: String(portBase), FLUXO_RECORD_CLASSES: 'yes' };
  return placeOf({ ...env, ...own });
}
