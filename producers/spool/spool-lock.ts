/**
 * One process per spool: two that drain the same files would send everything twice and out of order. The lock is a file with
 * the owner's pid and the time that process started, so that the lock of a process that died, even when its pid was given to
 * another one since, is taken over.
 */
import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProducerError } from '../producer-error.ts';

const ATTEMPTS = 5;

export class SpoolLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Fails with `spool-locked` while another living process holds it. */
  static async acquire(directory: string): Promise<SpoolLock> {
    const path = join(directory, 'lock');
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await create(path)) return new SpoolLock(path);
      const owner = await readFile(path, 'utf8').catch(() => '');
      if (isAlive(owner)) throw lockedBy(owner, directory);
      await removeStale(path, owner);
    }
    throw lockedBy('', directory);
  }

  /** Synchronous, so that it also works at the very end of a process. */
  release(): void {
    if (readOwner(this.#path) === identityOf(process.pid)) rmSync(this.#path, { force: true });
  }
}

/** Written aside and linked, so that a lock never exists without its owner's name in it. */
async function create(path: string): Promise<boolean> {
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, identityOf(process.pid));
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** Of two processes that find the same stale lock only one can rename it, so a fresh lock is never removed. */
async function removeStale(path: string, owner: string): Promise<void> {
  const aside = `${path}.stale-${process.pid}`;
  try {
    await rename(path, aside);
    const moved = await readFile(aside, 'utf8');
    if (moved !== owner && isAlive(moved)) await rename(aside, path);
    else await rm(aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function readOwner(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** "pid start-time"; the start time is the kernel's, where there is one to read (field 22 of /proc/pid/stat). */
function identityOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${pid} ${fields[19] ?? ''}`;
  } catch {
    return `${pid} `;
  }
}

function isAlive(owner: string): boolean {
  const pid = Number.parseInt(owner, 10);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return identityOf(pid) === owner;
}

function lockedBy(owner: string, directory: string): ProducerError {
  return new ProducerError(
    'spool-locked',
    `the spool ${directory} is in use by process ${owner.split(' ')[0] || '(unknown)'}: two processes on one spool would send everything twice. ` +
      'Stop that process or give this one a spool directory of its own.',
  );
}
