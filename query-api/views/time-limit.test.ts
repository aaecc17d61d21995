/**
 * A store's time limit in a process whose event loop is busy. The store is a thread of its own with a real socket: it answers while this
 * thread hears nothing.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withinLimit } from './time-limit.ts';

const LIMIT_MS = 250;

/** Echoes what it was sent, and counts once an answer is with the kernel. */
const STORE = `
const { createServer } = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');
const answered = () => { Atomics.add(workerData, 0, 1); Atomics.notify(workerData, 0); };
const server = createServer((socket) => socket.on('data', (question) => socket.write(question, answered)));
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

const answers = new Int32Array(new SharedArrayBuffer(4));
let store: Worker;
let socket: Socket;
beforeAll(async () => {
  store = new Worker(STORE, { eval: true, workerData: answers });
  const [port] = (await once(store, 'message')) as [number];
  socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
});
afterAll(async () => {
  socket.destroy();
  await store.terminate();
});

async function ask(question: string): Promise<string> {
  socket.write(question);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer.toString();
}

/** Asks, and does not listen until the answer has come and the limit is over, twice. */
function askDeaf(question: string): Promise<string> {
  const before = Atomics.load(answers, 0);
  const answer = ask(question);
  Atomics.wait(answers, 0, before);
  block(2 * LIMIT_MS);
  return answer;
}

/** The event loop hears nothing for so long. */
function block(ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs; );
}

const hangs = () => new Promise<never>(() => undefined);

describe('a store that answers in time', () => {
  test('is heard', async () => {
    expect(await withinLimit(LIMIT_MS, () => ask('a'))).toBe('a');
  });

  test('is heard also if this process did not listen for longer than the limit', async () => {
    expect(await withinLimit(LIMIT_MS, () => askDeaf('b'))).toBe('b');
  });

  test('is heard with two questions, the second of which goes out when the limit is long over', async () => {
    const both = async () => [await askDeaf('c'), await ask('d')];
    expect(await withinLimit(LIMIT_MS, both)).toEqual(['c', 'd']);
  });

  test('is heard if this process stops listening when the limit is all but over', async () => {
    const look = async () => {
      // Whoever waits for the next turn goes on after the sockets were looked at, and before the timers.
      for (let turn = 1; turn < 5; turn++) {
        await nextTurn();
        block(LIMIT_MS / 2);
      }
      await nextTurn();
      return askDeaf('e');
    };
    expect(await withinLimit(LIMIT_MS, look)).toBe('e');
  });

  test('fails with its own failure', async () => {
    const broken = new Error('broken');
    await expect(withinLimit(LIMIT_MS, () => Promise.reject(broken))).rejects.toBe(broken);
  });
});

describe('a store that hangs', () => {
  test('is waited for no longer than the limit', async () => {
    await expect(withinLimit(LIMIT_MS, hangs)).rejects.toMatchObject({
      code: 'too-late',
      message: `no answer within ${LIMIT_MS} ms`,
    });
  });

  test('comes to an end also while this process is busy all the time', async () => {
    const answer = withinLimit(LIMIT_MS, hangs);
    let turns = 0;
    const busy = setInterval(() => {
      turns += 1;
      block(LIMIT_MS);
    });
    await expect(answer).rejects.toMatchObject({ code: 'too-late' });
    clearInterval(busy);
    expect(turns).toBeLessThan(20);
  });
});
