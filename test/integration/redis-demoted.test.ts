/**
 * A Redis whose primary changes while the former one goes on as its replica: what keeps its connection to that one can write nothing there, ever.
 * Two real servers stand behind one address, as those of a cloud do. Needs Redis; no Kafka.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLocalCodecs } from '@fluxo/kafka';
import { PositionLostError, RedisMerchantSink, RedisStore, RetriableSinkError } from '@fluxo/sinks';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Session } from '../../bff/sessions/session.ts';
import { SessionStore } from '../../bff/sessions/session-store.ts';
import { aMerchant } from '../../query-api/views/view-fixtures.ts';
import { startServers } from '../../testing/servers.ts';

const NAME = 'n'.repeat(43);
const session: Session = {
  person: { id: 'p', name: 'Marina' },
  merchants: [],
  scopes: [],
  isOperator: false,
  csrfToken: 't',
  tokens: { access: 'a', accessEndsAtMs: 0, refresh: 'r' },
};

const codecs = await openLocalCodecs();
const stops: (() => unknown)[] = [];
let first: URL;
let second: URL;
/** Where the address leads to; connections that stand stay where they are. */
let primary: URL;
let former: Redis;
let address: string;

beforeAll(async () => {
  first = await openServer();
  second = await openServer();
  primary = first;
  former = new Redis(first.href);
  stops.unshift(() => former.disconnect());
  address = await openAddress();
}, 60_000);

afterAll(async () => {
  for (const stop of stops) await stop();
});

async function openServer(): Promise<URL> {
  const { redis, stop } = await startServers({ redis: true });
  stops.push(stop);
  return new URL(redis);
}

async function openAddress(): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const behind = connect(Number(primary.port), primary.hostname);
    for (const end of [socket, behind]) {
      sockets.add(end);
      end.on('error', () => undefined);
    }
    behind.on('close', () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.unshift(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Until it is done, or for five seconds. */
async function persistently<T>(step: () => Promise<T>): Promise<T> {
  for (const endMs = performance.now() + 5_000; ; await sleep(50)) {
    try {
      return await step();
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
  }
}

test('a sink and the sessions of the page find the new primary', async () => {
  const sink = new RedisMerchantSink(new RedisStore(`${address}/0`), codecs.merchants);
  const sessions = new SessionStore(`${address}/1`);
  stops.unshift(
    () => sink.close(),
    () => sessions.close(),
  );
  const value = codecs.merchants.encode('Merchant', aMerchant({ revision: 1 }));
  const write = (fromOffset: number) =>
    sink.write([
      {
        partition: 0,
        fromOffset,
        records: [{ offset: fromOffset, key: null, value }],
        nextOffset: fromOffset + 1,
        isComplete: true,
      },
    ]);
  await sink.connect([0]);
  await write(0);
  await persistently(() => sessions.write(NAME, session));

  primary = second;
  await former.replicaof('127.0.0.1', 1);
  await expect(write(1)).rejects.toThrow(RetriableSinkError);
  await expect(sessions.write(NAME, session)).rejects.toMatchObject({ code: 'session-unavailable' });

  // Nothing was copied to the new one before: the sink is told, as after every loss, and what it has written stays.
  await persistently(() => expect(write(1)).rejects.toThrow(PositionLostError));
  await sink.connect([0]);
  expect(await write(0)).toEqual({ written: 0, refused: 1 });
  await persistently(() => sessions.write(NAME, session));
  expect(await sessions.read(NAME)).toEqual(session);
});
