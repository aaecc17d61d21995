/**
 * One process per spool: two that drain the same files would send everything twice and out of order. The lock is a file with
 * the owner's pid and the time that process started, so that the lock of a process that died, even when its pid was given to
 * another one since, is taken over. Pids mean nothing in another container on the same volume, so the lock also says of which
 * start of the machine and which pid namespace they are, where the system has such, and its owner touches it every second:
 * from another namespace a lock is stale when it was not touched for ten. Not for a volume that several machines mount.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProducerError } from '../producer-error.ts';

const ATTEMPTS = 5;
const BEAT_MS = 1_000;
/** Beats that a living owner, on a slow disk or short of time, does not miss. */
const SILENT_BEATS = 10;

export class SpoolLock {
  readonly #directory: string;
  readonly #path: string;
  readonly #identity = ownIdentity();
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
      const owner = await readFile(path, 'utf8').catch(() => '');
      if (await isHeld(path, owner)) throw lockedBy(owner, directory);
      await removeStale(path, owner);
    }
    throw lockedBy('', directory);
  }

  /** Fails with `spool-locked` when another process has taken the spool over, as it may while this one is paused. */
  assertHeld(): void {
    const owner = readOwner(this.#path);
    if (owner !== '' && owner !== this.#identity) throw takenOver(this.#directory);
  }

  /** Synchronous, so that it also works at the very end of a process. */
  release(): void {
    clearInterval(this.#heart);
    if (readOwner(this.#path) === this.#identity) rmSync(this.#path, { force: true });
  }

  /** A beat that fails is missed, no more; that of a lock which is another's now would keep that one alive. */
  async #beat(): Promise<void> {
    const seconds = Date.now() / 1_000;
    if (readOwner(this.#path) === this.#identity) await utimes(this.#path, seconds, seconds).catch(() => {});
  }
}

/** Written aside and linked, so that a lock never exists without its owner's name in it. */
async function create(path: string): Promise<boolean> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await writeFile(aside, ownIdentity());
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
  const aside = `${path}.stale-${randomUUID()}`;
  try {
    await rename(path, aside);
    const moved = await readFile(aside, 'utf8');
    if (moved === owner) await rm(aside);
    else await rename(aside, path);
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

/** "pid start-time boot pid-namespace"; "pid start-time" where the system has no such, and of earlier releases. */
function ownIdentity(): string {
  return [process.pid, startTimeOf(process.pid), ...whereabouts()].join(' ');
}

/** The kernel's, where there is one to read (field 22 of /proc/pid/stat). */
function startTimeOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Where this process's pid means something. */
function whereabouts(): string[] {
  try {
    return [
      readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      readlinkSync('/proc/self/ns/pid'),
    ];
  } catch {
    return [];
  }
}

async function isHeld(path: string, owner: string): Promise<boolean> {
  const [, , ownerBoot] = owner.split(' ');
  const [boot] = whereabouts();
  if (ownerBoot !== undefined && boot !== undefined && ownerBoot !== boot) return false;
  return isElsewhere(owner) ? isBeating(path) : isAlive(owner);
}

function isElsewhere(owner: string): boolean {
  const [, , , ownerNamespace] = owner.split(' ');
  const [, namespace] = whereabouts();
  return ownerNamespace !== undefined && namespace !== undefined && ownerNamespace !== namespace;
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

/** In this process's own pid namespace. */
function isAlive(owner: string): boolean {
  const pid = Number.parseInt(owner, 10);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startTimeOf(pid) === owner.split(' ')[1];
}

function lockedBy(owner: string, directory: string): ProducerError {
  const pid = owner.split(' ')[0] || '(unknown)';
  return new ProducerError(
    'spool-locked',
    `the spool ${directory} is in use by process ${pid}${isElsewhere(owner) ? ' of another container' : ''}: two processes on one spool would send everything twice. ` +
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
