/** Bytes that are no proper request, on a real socket: a clear refusal for whoever sent them, nothing for anybody else. */

import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Shutdown } from '@fluxo/http';
import { Registry } from '@fluxo/telemetry';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './build-app.ts';
import { MemoryView } from './views/memory/memory-view.ts';
import { TieredView } from './views/tiered-view.ts';
import { aMerchant } from './views/view-fixtures.ts';

let app: FastifyInstance;
let shutdown: Shutdown;
let port: number;
let sockets: Socket[];

async function listen(requestTimeoutMs: number): Promise<void> {
  shutdown = new Shutdown();
  const memory = new MemoryView(() => {
    throw new Error('these tests read merchants only');
  });
  memory.applyMerchant(aMerchant());
  memory.isLoaded = true;
  app = await buildApp({
    view: new TieredView(memory, []),
    access: 'off',
    shutdown,
    readiness: () => ({ ready: !shutdown.isAnnounced, positions: {} }),
    metrics: new Registry(),
    reportFailure: () => undefined,
    requestTimeoutMs,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
}

beforeEach(async () => {
  sockets = [];
  await listen(10_000);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await app.close();
});

async function open(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Sends the bytes and returns all that comes back until the server closes the connection. */
async function exchange(text: string): Promise<string> {
  const socket = await open();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

function statusesOf(answer: string): readonly number[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1]));
}

const GET = 'GET /v1/merchants/m-1 HTTP/1.1\r\n';
const END = 'Connection: close\r\n\r\n';

describe('a request that is not well-formed', () => {
  test.each([
    [
      'content-length beside transfer-encoding',
      `${GET}Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n${END}`,
      400,
    ],
    ['two content-lengths', `${GET}Host: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n${END}`, 400],
    ['bare line feeds', 'GET /v1/merchants/m-1 HTTP/1.1\nHost: a\nConnection: close\n\n', 400],
    ['no host', `${GET}${END}`, 400],
    ['two hosts', `${GET}Host: a\r\nHost: b\r\n${END}`, 400],
    ['20 KB of headers', `${GET}Host: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n${END}`, 431],
    ['no HTTP at all', '\u0016\u0003\u0001 hello\r\n\r\n', 400],
  ])('%s', async (_name, text, status) => {
    expect(statusesOf(await exchange(text))).toEqual([status]);
  });

  test('is answered as a problem, without anything that was sent', async () => {
    const answer = await exchange(`${GET}Host: a\r\nX-Secret: canary${'x'.repeat(20_000)}\r\n${END}`);
    const [head, body] = answer.split('\r\n\r\n') as [string, string];
    expect(head).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status: 431, code: 'headers-too-large' });
    expect(answer).not.toContain('canary');
  });
});

test('500 sockets that never finish their request do not keep others waiting', async () => {
  for (let count = 0; count < 500; count++) (await open()).write(`${GET}Host: a\r\nX-Slow: `);
  const startedMs = performance.now();
  expect(statusesOf(await exchange(`${GET}Host: a\r\n${END}`))).toEqual([200]);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});

test('a request that does not arrive in time is refused with 408, and its socket is freed', async () => {
  await app.close();
  await listen(250);
  const answer = await exchange(`${GET}Host: a\r\nX-Slow: `);
  expect(statusesOf(answer)).toEqual([408]);
});

describe('shutting down', () => {
  test('callers are asked to leave while they still get their answers; then nobody is left', async () => {
    const socket = await open();
    const draining = shutdown.drain(app, 200);
    socket.write(`${GET}Host: a\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(statusesOf(String(answer))).toEqual([200]);
    expect(String(answer).toLowerCase()).toContain('connection: close');
    await draining;
    await expect(open()).rejects.toThrow('ECONNREFUSED');
  });

  test('an idle connection does not hold it up', async () => {
    const socket = await open();
    socket.write(`${GET}Host: a\r\n\r\n`);
    await once(socket, 'data');
    const startedMs = performance.now();
    await shutdown.drain(app, 10);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
