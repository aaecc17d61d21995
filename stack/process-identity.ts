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

/** The identity of a running process; null if there is none with this pid. */
export function identify(pid: number): ProcessIdentity | null {
  const startTime = HAS_PROC ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startTime === null ? null : { pid, startTime };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/** Whether a process of this id can be signalled: also one that has ended and that nobody has asked after yet, which Postgres takes for one that runs. */
export function isInTable(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
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
function startTimeFromProc(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' || startTime === undefined ? null : startTime;
}

function startTimeFromPs(pid: number): string | null {
  try {
    const text = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' || text.startsWith('Z') ? null : text.slice(text.indexOf(' ') + 1).trim();
  } catch {
    return null;
  }
}
