/**
 * One process per spool: two that drain the same files would send everything twice and out of order. The lock is a file that names
 * its owner, so that the lock of a process that died is taken over. Its owner touches it every second: that of another container on
 * the same volume, which cannot be looked for, is stale when it was not touched for ten. Not for a volume that several machines mount.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProducerError } from '../producer-error.ts';
import {
  formatOwner,
  isAlive,
  isElsewhere,
  isOfAnotherBoot,
  type Owner,
  parseOwner,
  thisProcess,
} from './lock-owner.ts';

const ATTEMPTS = 5;
const BEAT_MS = 1_000;
/** Beats that a living owner, on a slow disk or short of time, does not miss. */
const SILENT_BEATS = 10;

const OWN_TEXT = formatOwner(thisProcess);

export class SpoolLock {
  readonly #directory: string;
  readonly #path: string;
  readonly #heart: NodeJS.Timeout;

  private constructor(directory: string, path: string) {
    this.#directory = directory;
    this.#path = path;
    this.#heart = setInterval(() => void this.#beat(), BEAT_MS).unref();
  }

  /** Fails with `spool-locked` while another living process holds it; where that cannot be seen, looks for ten seconds. */
  static async acquire(directory: string): Promise<SpoolLock> {
    const path = join(directory, 'lock');
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await create(path)) return new SpoolLock(directory, path);
      const text = await readFile(path, 'utf8').catch(() => '');
      const owner = parseOwner(text);
      if (owner !== null && (await isHeld(path, owner))) throw lockedBy(owner, directory);
      await removeStale(path, text);
    }
    throw lockedBy(null, directory);
  }

  /**
   * Fails with `spool-locked` when another process has taken the spool over, as it may while this one is paused, also when it has given it
   * back since: the numbers that come next here are those of its records.
   */
  assertHeld(): void {
    const text = textOf(this.#path);
    if (text !== '' && text !== OWN_TEXT) throw takenOver(this.#directory);
  }

  /** Synchronous, so that it also works at the very end of a process. */
  release(): void {
    clearInterval(this.#heart);
    if (textOf(this.#path) === OWN_TEXT) rmSync(this.#path, { force: true });
  }

  /** A beat that fails is missed, no more; that of a lock which is another's now would keep that one alive. */
  async #beat(): Promise<void> {
    const seconds = Date.now() / 1_000;
    if (textOf(this.#path) === OWN_TEXT) await utimes(this.#path, seconds, seconds).catch(() => {});
  }
}

/** Written aside and linked, so that a lock never exists without its owner's name in it. */
async function create(path: string): Promise<boolean> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await writeFile(aside, OWN_TEXT);
    await link(aside, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // On a full disk it is the lock of a process that died that makes room for the next.
    if (code === 'EEXIST' || (code === 'ENOSPC' && textOf(path) !== null)) return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** Of two processes that find the same stale lock only one can rename it, so a fresh lock is never removed. */
async function removeStale(path: string, staleText: string): Promise<void> {
  const aside = `${path}.stale-${randomUUID()}`;
  try {
    await rename(path, aside);
    const moved = await readFile(aside, 'utf8');
    if (moved === staleText) await rm(aside);
    else await rename(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Null when the lock is gone; empty when it cannot be read now. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : '';
  }
}

async function isHeld(path: string, owner: Owner): Promise<boolean> {
  if (isOfAnotherBoot(owner)) return false;
  return isElsewhere(owner) ? await isBeating(path) : isAlive(owner);
}

/** Whether somebody touches the lock: not how old it is, since the clock of a till may jump. */
async function isBeating(path: string): Promise<boolean> {
  const before = await touchedMs(path);
  for (let beats = 0; beats < SILENT_BEATS; beats += 1) {
    await sleep(BEAT_MS);
    const now = await touchedMs(path);
    if (now !== before) return now !== null;
  }
  return false;
}

/** Null when the lock is gone. */
async function touchedMs(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function lockedBy(owner: Owner | null, directory: string): ProducerError {
  const where = owner !== null && isElsewhere(owner) ? ' of another container' : '';
  return new ProducerError(
    'spool-locked',
    `the spool ${directory} is in use by process ${owner?.pid ?? '(unknown)'}${where}: two processes on one spool would send everything twice. ` +
      'Stop that process or give this one a spool directory of its own.',
  );
}

function takenOver(directory: string): ProducerError {
  return new ProducerError(
    'spool-locked',
    `another process has taken the spool ${directory} over while this one stood still: nothing more is accepted here, and it is not known whether what is refused now is sent by that one. ` +
      'Stop one of them, start again, and submit that under the ids it had.',
  );
}
