import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { isReady } from './ready.ts';

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function listen(candidate: Server): Promise<number> {
  server = candidate;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const answering = (text: string) =>
  createServer((socket) => {
    socket.once('data', () => socket.end(text));
    socket.on('error', () => undefined);
  });

test('HTTP: only 200 is ready, and only at the path asked for', async () => {
  const port = await listen(
    createHttpServer(({ url }, response) => response.writeHead(url === '/readyz' ? 200 : 503).end()),
  );
  expect(await isReady({ kind: 'http', path: '/readyz' }, port)).toBe(true);
  expect(await isReady({ kind: 'http', path: '/livez' }, port)).toBe(false);
});

test('Redis: +PONG is ready, a server still loading is not', async () => {
  const port = await listen(answering('+PONG\r\n'));
  expect(await isReady({ kind: 'redis' }, port)).toBe(true);
  server.close();
  expect(await isReady({ kind: 'redis' }, await listen(answering('-LOADING Redis is loading\r\n')))).toBe(
    false,
  );
});

test('PostgreSQL: asking who is there is ready, a server still recovering is not', async () => {
  const port = await listen(answering('R\0\0\0\u0017\0\0\0\n'));
  expect(await isReady({ kind: 'postgres' }, port)).toBe(true);
  server.close();
  expect(await isReady({ kind: 'postgres' }, await listen(answering('E\0\0\0!SFATAL\0')))).toBe(false);
});

test('Kafka: a port that accepts and says nothing is not ready', async () => {
  const port = await listen(createServer((socket) => void socket.once('data', () => socket.end())));
  expect(await isReady({ kind: 'kafka' }, port)).toBe(false);
});

test('nobody there is not ready, and no error', async () => {
  const port = await listen(createServer());
  await new Promise((resolve) => server.close(resolve));
  for (const check of [{ kind: 'kafka' }, { kind: 'redis' }, { kind: 'http', path: '/' }] as const) {
    expect(await isReady(check, port)).toBe(false);
  }
});
