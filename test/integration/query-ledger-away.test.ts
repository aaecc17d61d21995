/**
 * Postgres away, hanging, or with tables that are being built: questions about the ledger get 503 in no time, never half an answer; balances
 * go on being answered from memory; and when it is back, nobody has to do anything. Needs Postgres; a relay before it stands for the network.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresLedgerView } from '@fluxo/query-api';
import { topics } from '@fluxo/schemas';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { PARTITIONS } from '../../testing/audited-system.ts';
import { LedgerScene } from './ledger-scene.ts';

jest.setTimeout(300_000);

/** Between the API and Postgres: can stop carrying, or be gone. */
class Relay {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  /** How many were accepted. */
  connections = 0;
  #server: Server | null = null;
  #port = 0;
  #isHolding = false;

  constructor(target: string) {
    this.#target = new URL(target);
  }

  get url(): string {
    const url = new URL(this.#target);
    url.port = String(this.#port);
    return url.href;
  }

  async open(): Promise<void> {
    this.#isHolding = false;
    this.#server = createServer((socket) => this.#carry(socket));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Bytes arrive and are not passed on; connections are accepted. */
  hold(): void {
    this.#isHolding = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Connections break and are refused. */
  close(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  #carry(inside: Socket): void {
    this.connections += 1;
    const outside = connect(Number(this.#target.port), this.#target.hostname);
    for (const [from, to] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
      from.on('data', (bytes) => to.write(bytes));
      if (this.#isHolding) from.pause();
    }
  }
}

let scene: LedgerScene;
let relay: Relay;
let view: PostgresLedgerView;
let app: FastifyInstance;
beforeAll(async () => {
  scene = await LedgerScene.open();
  await scene.arrive(await LedgerScene.fold({ seed: 3, count: 60, merchants: 1, days: 3 }));
  relay = new Relay(scene.postgres.database.url('fluxo_reader'));
  await relay.open();
  view = new PostgresLedgerView({ url: relay.url, name: 'away-test', partitions: PARTITIONS });
  app = await scene.openApi({ view });
});
afterAll(async () => {
  relay.close();
  await view.close();
  await scene.close();
});

const ENTRIES = '/v1/merchants/loja-0/entries?limit=3';
const entries = () => scene.ask(app, ENTRIES);

/** Answered again, without anybody's doing; tries for as long as a busy machine may need. */
async function isBack(): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if ((await entries()).statusCode === 200) return;
    await sleep(100);
  }
  throw new Error('the ledger is not read again although Postgres is back');
}

beforeEach(async () => {
  relay.close();
  await relay.open();
  await isBack();
});

async function expectUnavailable(): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 40 }, entries));
  for (const answer of answers)
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
      503,
      'ledger-unavailable',
      '1',
    ]);
  const balance = await scene.ask(app, '/v1/merchants/loja-0/balances/latest');
  expect([balance.statusCode, balance.headers['x-fluxo-tier']]).toEqual([200, 'memory']);
}

describe('the ledger is unavailable, balances are not,', () => {
  test('while Postgres refuses connections', async () => {
    relay.close();
    await expectUnavailable();
    await relay.open();
    await isBack();
  });

  test('while Postgres hangs; after a few have waited nobody waits for it, until it answers again', async () => {
    relay.hold();
    await expectUnavailable();
    const before = relay.connections;
    for (let attempt = 0; attempt < 40; attempt++) expect((await entries()).statusCode).toBe(503);
    // Now and then one request tries whether it is back; without the breaker each of them would.
    expect(relay.connections - before).toBeLessThan(5);
    relay.close();
    await relay.open();
    await isBack();
  });

  test('while the sink is building the tables: what is missing may be on its way', async () => {
    const mark = (isComplete: boolean) =>
      scene.postgres.database.query(
        'fluxo_sink',
        'UPDATE fluxo.positions SET is_complete = $2 WHERE topic = $1',
        [topics.ledger.name, isComplete],
      );
    await mark(false);
    await expectUnavailable();
    await mark(true);
    await isBack();
  });
});

test('a caller that asks for too much at once gets 503 for what is too much, and the others their answers', async () => {
  const answers = await Promise.all(Array.from({ length: 120 }, entries));
  const statuses = answers.map(({ statusCode }) => statusCode);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  await isBack();
});
