/**
 * Which process a pid file means. A pid alone is recycled by the kernel, so a process is named by pid and start time; a
 * signal is only ever sent to a process that still has both. A zombie counts as gone.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export type ProcessIdentity = {
  readonly pid: number;
  /** Opaque: clock ticks since boot on Linux, the text of `ps` elsewhere. */
  readonly startTime: string;
};

const HAS_PROC = existsSync('/proc/self/stat');

/** States of a zombie, and of one that is just being taken out of the table. */
const GONE: ReadonlySet<string> = new Set(['Z', 'X']);

type Entry = { readonly state: string; readonly startTime: string };

function entryOf(pid: number): Entry | null {
  return HAS_PROC ? entryFromProc(pid) : entryFromPs(pid);
}

/** The identity of a running process; null if there is none with this pid. */
export function identify(pid: number): ProcessIdentity | null {
  const entry = entryOf(pid);
  return entry === null || GONE.has(entry.state) ? null : { pid, startTime: entry.startTime };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/** Whether the process is in the table of the kernel: also one that has ended and that its parent has not asked after yet. */
export function isInTable(identity: ProcessIdentity): boolean {
  return entryOf(identity.pid)?.startTime === identity.startTime;
}

/** Sends the signal if the process is still the one meant; false if it is gone. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** proc(5): the name in parentheses may hold anything, so fields are counted behind its last `)`. State is 3, start time 22. */
function entryFromProc(pid: number): Entry | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === undefined || startTime === undefined ? null : { state, startTime };
}

function entryFromPs(pid: number): Entry | null {
  try {
    const text = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === ''
      ? null
      : { state: text.charAt(0), startTime: text.slice(text.indexOf(' ') + 1).trim() };
  } catch {
    return null;
  }
}
