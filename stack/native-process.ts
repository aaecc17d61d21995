/**
 * Processes of the stack on this machine: started in a session of their own so that they outlive the command that started
 * them, remembered in a pid file, stopped gracefully and then firmly. A signal only ever reaches the process that was
 * started, never one that got its pid later. Knows nothing of what the processes are.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFile, type Place, pidFile, runFolder } from './place.ts';
import { identify, isAlive, isInTable, type ProcessIdentity, signal } from './process-identity.ts';
import type { Command } from './servers/command.ts';
import { StackError } from './stack-error.ts';

const LOG_ROTATE_BYTES = 20 * 1024 * 1024;
const LOG_TAIL_BYTES = 4_096;
const POLL_MS = 50;
/** After this long a process that was asked to end is killed. Kafka needs a few seconds to close its log. */
export const STOP_WITHIN_MS = 15_000;

/** Becomes the program at the word of whoever started it; where that one is killed first, the word never comes and nothing runs. */
const BECOME_WHEN_REMEMBERED = 'read -r word && exec "$@" </dev/null';

/** Starts the command and remembers it under `name`, in this order for the program: at no moment does it run unremembered. */
export async function startProcess(place: Place, name: string, command: Command): Promise<ProcessIdentity> {
  const log = openLog(place, name);
  try {
    const child = spawn('sh', ['-c', BECOME_WHEN_REMEMBERED, 'sh', command.program, ...command.args], {
      cwd: command.workingFolder,
      env: { ...place.env, ...command.env },
      detached: true,
      stdio: ['pipe', log, log],
      ...command.user,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) =>
        reject(new StackError('died-at-start', `${name} could not be started: ${cause.message}`, { cause })),
      );
    });
    child.unref();
    const identity = remember(place, name, child.pid ?? 0);
    // One that has died meanwhile does not hear it, which shows when it is looked for.
    child.stdin?.on('error', () => undefined).end('go\n');
    return identity;
  } finally {
    closeSync(log);
  }
}

/** A process that is gone already gets an identity that no process has. */
function remember(place: Place, name: string, pid: number): ProcessIdentity {
  const identity = identify(pid) ?? { pid, startTime: 'gone' };
  mkdirSync(runFolder(place), { recursive: true });
  writeFileSync(pidFile(place, name), JSON.stringify(identity));
  return identity;
}

/** What was started under this name, running or not; null if nothing was, or it was stopped on purpose. */
export function remembered(place: Place, name: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(pidFile(place, name), 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}

/** Names of everything that was started and not stopped on purpose: what runs, and what has died. */
export function rememberedNames(place: Place): readonly string[] {
  if (!existsSync(runFolder(place))) return [];
  return readdirSync(runFolder(place))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));
}

export function running(place: Place, name: string): ProcessIdentity | null {
  const identity = remembered(place, name);
  return identity !== null && isAlive(identity) ? identity : null;
}

/** How a process is asked to end, and after how long it is killed. */
export type Ending = { readonly signal: 'SIGTERM' | 'SIGINT'; readonly withinMs: number };

/** Ends what runs under this name. Resolves when it is gone; fine if nothing runs. */
export async function stopProcess(
  place: Place,
  name: string,
  { signal: request = 'SIGTERM', withinMs = STOP_WITHIN_MS }: Partial<Ending> = {},
): Promise<'graceful' | 'killed' | 'none'> {
  const identity = running(place, name);
  let outcome: 'graceful' | 'killed' | 'none' = 'none';
  if (identity !== null) {
    signal(identity, request);
    signal(identity, 'SIGCONT'); // one that was halted would never see the request
    outcome = (await isGoneWithin(identity, withinMs)) ? 'graceful' : 'killed';
    if (outcome === 'killed') {
      signal(identity, 'SIGKILL');
      await isGoneWithin(identity, withinMs);
    }
  }
  rmSync(pidFile(place, name), { force: true });
  return outcome;
}

/** Parents ask after their dead within a moment, init within seconds. */
const REAPED_WITHIN_MS = 5_000;

/**
 * Resolves when what ran under this name is out of the table of processes too, where one that was killed stays until its parent has asked after it;
 * after five seconds in any case.
 */
export async function untilReaped(place: Place, name: string): Promise<void> {
  const former = remembered(place, name);
  const deadline = performance.now() + REAPED_WITHIN_MS;
  while (former !== null && isInTable(former) && performance.now() < deadline) await sleep(POLL_MS);
}

async function isGoneWithin(identity: ProcessIdentity, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (isAlive(identity)) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** A process killed a moment ago may hold its port a little longer. */
const PORT_RELEASE_MS = 3_000;

/** Throws `port-taken`, naming the port and the way out, if something goes on listening there. */
export async function demandFreePort(port: number, name: string): Promise<void> {
  const deadline = performance.now() + PORT_RELEASE_MS;
  while (!(await isFree(port))) {
    if (performance.now() > deadline)
      throw new StackError(
        'port-taken',
        `Port ${port}, which ${name} needs, is taken by a program that this stack did not start. ` +
          'End that program, or move the whole stack: FLUXO_PORT_BASE=24000 (and FLUXO_HOME=<another folder> beside a second stack).',
      );
    await sleep(POLL_MS);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** The last lines a service wrote, for a message about its end. */
export function logTail(place: Place, name: string, lines = 15): string {
  const path = logFile(place, name);
  if (!existsSync(path)) return '';
  const log = openSync(path, 'r');
  try {
    const { size } = fstatSync(log);
    const bytes = Buffer.alloc(Math.min(size, LOG_TAIL_BYTES));
    readSync(log, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(log);
  }
}

/** Opens the log for appending; a long one is put aside first, replacing the one put aside before. */
export function openLog(place: Place, name: string): number {
  const path = logFile(place, name);
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && statSync(path).size > LOG_ROTATE_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a');
}
