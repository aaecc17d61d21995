/** A Redis that takes connections and answers nothing any more. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SessionStore } from './session-store.ts';

let server: Server;
let store: SessionStore;
let isHung: boolean;
/** Connections there have been, the first one first. */
let sockets: Socket[];

beforeEach(async () => {
  [isHung, sockets] = [false, []];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (asked) => {
      // One answer to each command: its array begins with an asterisk.
      for (const _ of isHung ? [] : asked.toString().matchAll(/\*\d+\r\n/g)) socket.write('+PONG\r\n');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  store = new SessionStore(`redis://127.0.0.1:${(server.address() as AddressInfo).port}/0`);
  while (!(await store.isReady())) await sleep(5);
});
afterEach(async () => {
  store.close();
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

test('a connection that owes answers is cut, so that questions do not pile up on it', async () => {
  isHung = true;
  const [socket] = sockets as [Socket];
  for (let looks = 0; !socket.destroyed && looks < 30; looks += 1) {
    void store.isReady();
    await sleep(100);
  }
  expect(socket.destroyed).toBe(true);
});

test('one that owes none is left alone', async () => {
  await sleep(1_500);
  expect(await store.isReady()).toBe(true);
  expect(sockets).toHaveLength(1);
});
