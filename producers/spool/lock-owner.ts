/**
 * A process as a lock names it, so that others can judge whether it lives: by its pid and the time it started, since a pid may be given
 * to another process. Pids mean nothing in another container, so it also says of which start of the machine and which pid
 * namespace they are, where the system has such.
 */
import { readFileSync, readlinkSync } from 'node:fs';

export type Owner = {
  readonly pid: number;
  /** The kernel's, where there is one to read (field 22 of /proc/pid/stat); else empty. */
  readonly startTime: string;
  /** Undefined where the system has no such, and in locks of earlier releases. */
  readonly boot: string | undefined;
  readonly namespace: string | undefined;
};

/** This process. */
export const thisProcess: Owner = {
  pid: process.pid,
  startTime: startTimeOf(process.pid),
  boot: orUndefined(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
  namespace: orUndefined(() => readlinkSync('/proc/self/ns/pid')),
};

/** "pid start-time boot pid-namespace". */
export function formatOwner({ pid, startTime, boot, namespace }: Owner): string {
  const whereabouts = boot === undefined || namespace === undefined ? [] : [boot, namespace];
  return [pid, startTime, ...whereabouts].join(' ');
}

/** Who this text names; null if nobody. */
export function parseOwner(text: string): Owner | null {
  const [pid = '', startTime = '', boot, namespace] = text.split(' ');
  return /^[1-9]\d*$/.test(pid) ? { pid: Number(pid), startTime, boot, namespace } : null;
}

/** The machine was started again since. */
export function isOfAnotherBoot({ boot }: Owner): boolean {
  return boot !== undefined && thisProcess.boot !== undefined && boot !== thisProcess.boot;
}

/** In another container: its pid says nothing here. */
export function isElsewhere({ namespace }: Owner): boolean {
  return (
    namespace !== undefined && thisProcess.namespace !== undefined && namespace !== thisProcess.namespace
  );
}

/** Of a process of this pid namespace. */
export function isAlive({ pid, startTime }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startTimeOf(pid) === startTime;
}

function startTimeOf(pid: number): string {
  const status = orUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? '';
  return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function orUndefined(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
