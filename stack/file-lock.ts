/**
 * One at a time, between processes: a lock file that names its holder. A holder that died is noticed by its start time and
 * replaced; nothing is left behind by `kill -9` but a file that the next one takes over. Not for use over a network.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { StackError } from './stack-error.ts';

export type LockOptions = {
  /** Give up after this long; the holder may be downloading. */
  readonly waitMs: number;
  /** Called once if somebody else holds the lock. */
  readonly onWait?: (holder: number) => void;
};

const POLL_MS = 100;

/** The holder of a lock without a name in it: no process has this pid. */
const NOBODY: ProcessIdentity = { pid: 0, startTime: 'never' };

/** Runs `work` while holding the lock. Throws `busy` if the lock is not free within `waitMs`. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(path, options);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

async function acquire(path: string, { waitMs, onWait }: LockOptions): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const deadline = performance.now() + waitMs;
  let hasWaited = false;
  while (!tryCreate(path)) {
    const holder = readHolder(path);
    if (holder !== null && !isAlive(holder)) {
      removeStale(path, holder);
      continue;
    }
    if (performance.now() > deadline) {
      throw new StackError(
        'busy',
        `Another command (pid ${holder?.pid ?? 'unknown'}) has held ${path} for too long. Wait for it, or end it.`,
      );
    }
    if (!hasWaited && holder !== null) onWait?.(holder.pid);
    hasWaited = true;
    await sleep(POLL_MS);
  }
}

/** Written aside and linked, so that a lock never exists without its holder's name in it. */
function tryCreate(path: string): boolean {
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(identify(process.pid)));
  try {
    linkSync(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Null if it has just gone. */
function readHolder(path: string): ProcessIdentity | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    return NOBODY;
  }
}

/** Renaming first, so that of two waiters only one removes the file, and neither removes a lock taken since. */
function removeStale(path: string, stale: ProcessIdentity): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved?.pid === stale.pid && moved.startTime === stale.startTime) rmSync(aside, { force: true });
  else renameSync(aside, path);
}
