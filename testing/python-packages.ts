/**
 * Packages of Python that tests run, in a folder of the cache that is complete or absent: pip fetches them when a test first asks, and nothing of a
 * machine's own Python is changed. Needs python3 with pip.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheOf } from '@fluxo/stack';
import { withLock } from '../stack/file-lock.ts';

const LOCK_WAIT_MS = 10 * 60_000;

const run = promisify(execFile);

/** `name` is that of the folder: another version is another name. `packages` as pip takes them: `name==version`. Fails with what pip says. */
export async function pythonPackages(name: string, packages: readonly string[]): Promise<string> {
  const cache = cacheOf(process.env);
  const folder = join(cache, name);
  await withLock(join(cache, `${name}.lock`), { waitMs: LOCK_WAIT_MS }, async () => {
    if (existsSync(folder)) return;
    mkdirSync(cache, { recursive: true });
    const work = mkdtempSync(join(cache, 'unpacking-'));
    try {
      const options = ['--quiet', '--only-binary', ':all:', '--target', join(work, 'files')];
      await run('python3', ['-m', 'pip', 'install', ...options, ...packages]).catch(explain);
      renameSync(join(work, 'files'), folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return folder;
}

function explain(cause: unknown): never {
  throw new Error(
    `What a test runs could not be fetched: ${(cause as Error).message}. It needs python3 with pip and a package index; on Debian: apt-get install python3-pip.`,
    { cause },
  );
}
