/** Real processes, real signals: what `down` may and may not do to them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  demandFreePort,
  logTail,
  remembered,
  rememberedNames,
  running,
  startProcess,
  stopProcess,
  untilReaped,
} from './native-process.ts';
import { logFile, type Place, pidFile, placeOf, runFolder } from './place.ts';
import { identify, isAlive, isInTable, signal } from './process-identity.ts';

let place: Place;
beforeEach(() => {
  place = placeOf({ ...process.env, FLUXO_HOME: mkdtempSync(join(tmpdir(), 'fluxo-test-')) });
});
afterEach(() => {
  for (const name of rememberedNames(place)) {
    const identity = running(place, name);
    if (identity !== null) signal(identity, 'SIGKILL');
  }
  rmSync(place.home, { recursive: true, force: true });
});

const STAY = 'setInterval(() => {}, 1000)';

const PARENT = "console.log(require('node:child_process').spawn('sleep', ['60']).pid)";

/** Starts one program after the other, as fast as it can. */
const STARTER = `
  const { startProcess } = await import(${JSON.stringify(import.meta.resolve('./native-process.ts'))});
  const { placeOf } = await import(${JSON.stringify(import.meta.resolve('./place.ts'))});
  const command = { program: 'sleep', args: ['300'], env: {}, workingFolder: '/' };
  for (let count = 0; ; count += 1) {
    console.log(count);
    await startProcess(placeOf(), 'sleeper-' + count, command);
  }`;

/** Pids of what was started for this home; asked until each has become what it is to be, or has ended. */
async function sleepersOf(home: string): Promise<readonly number[]> {
  for (;;) {
    const pids = readdirSync('/proc').filter((pid) => said(pid, 'environ').includes(`FLUXO_HOME=${home}\0`));
    if (pids.every((pid) => said(pid, 'cmdline').startsWith('sleep\0'))) return pids.map(Number);
    await sleep(10);
  }
}

/** proc(5); nothing of a process that has ended meanwhile. */
function said(pid: string, file: 'environ' | 'cmdline' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** Starts Node with this script and waits until it has said something. */
async function startScript(name: string, script: string) {
  const command = {
    program: process.execPath,
    args: ['-e', `${script}; console.log('up')`],
    env: {},
    workingFolder: tmpdir(),
  };
  const identity = await startProcess(place, name, command);
  while (!logTail(place, name).includes('up') && isAlive(identity)) await sleep(10);
  return identity;
}

describe('a process of the stack', () => {
  test('lives in a session of its own, is remembered, and ends gracefully', async () => {
    const identity = await startScript(
      'worker',
      `process.on('SIGTERM', () => { console.log('drained'); process.exit() }); ${STAY}`,
    );
    expect(running(place, 'worker')).toEqual(identity);
    const session = Number(readFileSync(`/proc/${identity.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3]);
    expect(session).toBe(identity.pid);
    expect(await stopProcess(place, 'worker')).toBe('graceful');
    expect(isAlive(identity)).toBe(false);
    expect(rememberedNames(place)).toEqual([]);
    expect(logTail(place, 'worker')).toBe('up\ndrained');
  });

  test('that ignores SIGTERM is killed after its time', async () => {
    const identity = await startScript('deaf', `process.on('SIGTERM', () => {}); ${STAY}`);
    expect(await stopProcess(place, 'deaf', { withinMs: 200 })).toBe('killed');
    expect(isAlive(identity)).toBe(false);
  });

  test('that was halted by SIGSTOP still ends gracefully', async () => {
    const identity = await startScript('halted', STAY);
    signal(identity, 'SIGSTOP');
    expect(await stopProcess(place, 'halted', { withinMs: 5_000 })).toBe('graceful');
  });

  test('that died stays remembered, so that it can be brought back', async () => {
    const identity = await startScript('mortal', STAY);
    signal(identity, 'SIGKILL');
    while (isAlive(identity)) await sleep(10);
    expect(running(place, 'mortal')).toBeNull();
    expect(remembered(place, 'mortal')).toEqual(identity);
  });

  test('that was killed is waited for until it has left the table of processes too', async () => {
    const parent = spawn(process.execPath, ['-e', PARENT]);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const former = identify(Number(line.toString()));
    if (former === null) throw new Error('the child does not run');
    // Halted it asks after nobody.
    parent.kill('SIGSTOP');
    while (!said(String(parent.pid), 'stat').includes(') T ')) await sleep(10);
    signal(former, 'SIGKILL');
    while (isAlive(former)) await sleep(10);
    expect(isInTable(former)).toBe(true);
    mkdirSync(runFolder(place));
    writeFileSync(pidFile(place, 'reaped'), JSON.stringify(former));
    setTimeout(() => parent.kill('SIGCONT'), 500);
    await untilReaped(place, 'reaped');
    parent.kill('SIGKILL');
    expect(isInTable(former)).toBe(false);
    await startScript('reaped', STAY);
    expect(await stopProcess(place, 'reaped')).not.toBe('none');
  });

  test('is never mistaken for a later one with the same pid', async () => {
    const stranger = await startScript('stranger', STAY);
    const recycled = { pid: stranger.pid, startTime: '1' };
    writeFileSync(pidFile(place, 'former'), JSON.stringify(recycled));
    expect(running(place, 'former')).toBeNull();
    expect(await stopProcess(place, 'former', { withinMs: 200 })).toBe('none');
    expect(signal(recycled, 'SIGKILL')).toBe(false);
    expect(isAlive(stranger)).toBe(true);
  });

  test('whose program does not exist has died, and its log names it', async () => {
    const command = { program: '/nowhere/java', args: [], env: {}, workingFolder: tmpdir() };
    const identity = await startProcess(place, 'kafka', command);
    while (isAlive(identity)) await sleep(10);
    expect(logTail(place, 'kafka')).toMatch(/\/nowhere\/java.*not found/);
    expect(running(place, 'kafka')).toBeNull();
  });

  test.each([0, 1, 2, 3])('whose starter is killed at any moment runs remembered or not at all', async () => {
    const starter = spawn(process.execPath, ['--input-type=module', '-e', STARTER], {
      env: { ...process.env, FLUXO_HOME: place.home, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(starter.stdout, 'data');
    await sleep(Math.random() * 50);
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    const sleeping = await sleepersOf(place.home);
    const known = rememberedNames(place).map((name) => running(place, name)?.pid);
    expect(sleeping.filter((pid) => !known.includes(pid))).toEqual([]);
  });

  test('gets a new log once the old one has grown long', async () => {
    await startScript('chatty', STAY);
    await stopProcess(place, 'chatty');
    truncateSync(logFile(place, 'chatty'), 21 * 1024 * 1024);
    await startScript('chatty', STAY);
    expect(readFileSync(logFile(place, 'chatty'), 'utf8')).toBe('up\n');
  });
});

test('a taken port is refused with the way out, a free one is not', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await expect(demandFreePort(port, 'redis')).rejects.toThrow(`Port ${port}, which redis needs, is taken`);
  await new Promise((resolve) => server.close(resolve));
  await demandFreePort(port, 'redis');
});

test('identify knows this process, and no process that is not there', () => {
  expect(identify(process.pid)?.pid).toBe(process.pid);
  expect(identify(2 ** 22 + 1)).toBeNull();
});
