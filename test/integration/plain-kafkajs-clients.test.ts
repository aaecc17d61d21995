/**
 * The system as its neighbours see it: a till vendor and a data team with plain kafkajs and @kafkajs/confluent-schema-registry,
 * who know the topics, the subjects and spec.md, and import nothing of this project but the names of the topics. Needs a whole
 * stack: Kafka, registry, Redis, processor, query API.
 */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { topics } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { startStack, type TestStack } from '../../testing/stacks.ts';

const DAY_MS = 86_400_000;
const consumerFile = fileURLToPath(new URL('../consumers/latest-balances.ts', import.meta.url));
const merchantId = `padaria.${randomUUID()}`;
const nowMs = Date.now();
const today = new Date(nowMs).toISOString().slice(0, 10);
const common = {
  merchantId,
  submittedAt: nowMs,
  source: { system: 'vendor-pos', deviceId: 'till-7', sequence: null },
};

const configuration = {
  ...common,
  configId: randomUUID(),
  name: 'Padaria Estrela',
  zone: 'UTC',
  cutoffMinutes: 0,
  effectiveFrom: Math.floor(nowMs / DAY_MS) - 30,
  lateEntries: 'BOOK_TODAY',
  backdateLimitDays: 7,
  accounts: [{ accountId: 'drawer', name: 'Gaveta', type: 'DRAWER', currency: 'BRL' }],
};

const entry = (direction: string, kind: string, amountMinor: number, accountId = 'drawer') => ({
  ...common,
  entryId: randomUUID(),
  accountId,
  direction,
  kind,
  paymentMethod: 'CASH',
  amountMinor,
  currency: 'BRL',
  occurredAt: nowMs,
  description: null,
  externalId: null,
});

const sale = { ...entry('CREDIT', 'SALE', 1_250), description: 'mesa 4', externalId: 'NFC-e 123' };
const bigSale = entry('CREDIT', 'SALE', 99_999_999);
const refund = entry('DEBIT', 'REFUND', 250);
const lateSale = entry('CREDIT', 'SALE', 1);

let stack: TestStack;
let kafka: Kafka;
let registry: SchemaRegistry;

beforeAll(async () => {
  stack = await startStack({
    only: ['kafka', 'registry', 'redis', 'provision', 'streams-1', 'query-api'],
  });
  kafka = new Kafka({ brokers: stack.addresses.kafka.split(','), logLevel: logLevel.NOTHING });
  registry = new SchemaRegistry({ host: stack.addresses.registry });
}, 180_000);
afterAll(async () => {
  await stack?.destroy();
}, 60_000);

/** As it lies in schemas/avro/, of which a vendor has a copy; without its white space, as it is registered, because the registry compares letters. */
const schemaOf = (record: string): string =>
  JSON.stringify(
    JSON.parse(readFileSync(new URL(`../../schemas/avro/${record}.avsc`, import.meta.url), 'utf8')),
  );

/** As any client should: the schema it knows, found by its content and never the latest, which may be anybody's; the client's own partitioner. */
async function send(submissions: readonly (readonly [string, Record<string, unknown>])[]): Promise<void> {
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  for (const [record, value] of submissions) {
    const subject = `${topics.submissions.name}-fluxo.cash.v1.${record}`;
    const known = { type: SchemaType.AVRO, schema: schemaOf(record) } as const;
    const schemaId = await registry.getRegistryIdBySchema(subject, known);
    const message = { key: merchantId, value: await registry.encode(schemaId, value) };
    await producer.send({ topic: topics.submissions.name, acks: -1, messages: [message] });
  }
  await producer.disconnect();
}

/** The answer of the query API once it shows this revision. */
async function balanceAt(revision: number): Promise<Response> {
  const url = `${stack.addresses.queryApi}/v1/merchants/${merchantId}/balances/${today}?minRevision=${revision}`;
  for (;;) {
    const response = await fetch(url);
    if (response.status === 200 && response.headers.get('x-fluxo-fresh') === 'true') return response;
    await sleep(200);
  }
}

/** Reads from the beginning, read_committed (kafkajs' default), until `isEnough` says so. */
async function readTopics(
  names: readonly string[],
  isEnough: (read: ReadonlyMap<string, readonly KafkaMessage[]>) => boolean,
): Promise<ReadonlyMap<string, readonly KafkaMessage[]>> {
  const read = new Map<string, KafkaMessage[]>(names.map((name) => [name, []]));
  const consumer = kafka.consumer({ groupId: `data-team-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [...names], fromBeginning: true });
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: async ({ topic, message }) => {
        if (!message.key?.toString().startsWith(merchantId)) return;
        read.get(topic)?.push(message);
        if (isEnough(read)) resolve();
      },
    });
  });
  await consumer.disconnect();
  return read;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * What a client of somebody else does that registers what it writes by itself: compatible both ways, without the fields that it does not use,
 * and from then on the latest of the subject. To write by it is to lose those fields without a word.
 */
async function registerCutDown(record: string): Promise<void> {
  const { fields, ...schema } = JSON.parse(schemaOf(record)) as { fields: { name: string }[] };
  const own = { name: 'loyaltyId', type: ['null', 'string'], default: null };
  const kept = fields.filter(({ name }) => name !== 'description' && name !== 'externalId');
  const subject = `${topics.submissions.name}-fluxo.cash.v1.${record}`;
  const response = await fetch(`${stack.addresses.registry}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify({ ...schema, fields: [...kept, own] }) }),
  });
  expect(response.status).toBe(200);
}

describe('a till vendor with plain kafkajs', () => {
  test('sends entries, one of them three times, and reads the balance over REST', async () => {
    await registerCutDown('EntrySubmitted');
    await send([
      ['MerchantConfigured', configuration],
      ['EntrySubmitted', sale],
      ['EntrySubmitted', sale],
      ['EntrySubmitted', bigSale],
      ['EntrySubmitted', refund],
      ['EntrySubmitted', { ...sale, submittedAt: nowMs + 1 }],
    ]);
    const response = await balanceAt(4);
    const figures = {
      currency: 'BRL',
      openingMinor: 0,
      creditsMinor: 100_001_249,
      debitsMinor: 250,
      closingMinor: 100_000_999,
      creditCount: 2,
      debitCount: 1,
    };
    expect(response.headers.get('x-fluxo-revision')).toBe('4');
    expect(await response.json()).toMatchObject({
      merchantId,
      businessDate: today,
      status: 'OPEN',
      materialized: true,
      revision: 4,
      accounts: [{ accountId: 'drawer', ...figures }],
      totals: [figures],
    });
  }, 60_000);

  test('finds what was refused, with its own bytes', async () => {
    const wrong = entry('CREDIT', 'SALE', 100, 'no-such-account');
    await send([['EntrySubmitted', wrong]]);
    const read = await readTopics(
      [topics.rejections.name],
      (all) => all.get(topics.rejections.name)?.length === 1,
    );
    const [message] = read.get(topics.rejections.name) ?? [];
    const rejection = (await registry.decode(message?.value as Buffer)) as { code: string; value: Buffer };
    expect(rejection.code).toBe('account-unknown');
    expect(await registry.decode(rejection.value)).toMatchObject({ entryId: wrong.entryId });
  }, 60_000);
});

describe('a data team with a plain read_committed kafkajs consumer', () => {
  test('reads ledger and balances, verifies the chain from the bytes, and sees nothing that was not committed', async () => {
    await abortForgery();
    await send([['EntrySubmitted', lateSale]]);
    const names = [topics.ledger.name, topics.dailyBalances.name, topics.merchants.name];
    const read = await readTopics(
      names,
      (all) => (all.get(topics.ledger.name)?.length ?? 0) >= 5 && isLatest(all),
    );
    const ledger = (read.get(topics.ledger.name) ?? []).map(({ value }) => value as Buffer);

    expect(ledger.map((value) => value.subarray(-32).toString('hex'))).toEqual(
      ledger.map((value) => sha256(value.subarray(5, -32))),
    );
    expect(ledger.map((value) => value.subarray(-64, -32).toString('hex'))).toEqual([
      '00'.repeat(32),
      ...ledger.slice(0, -1).map((value) => value.subarray(-32).toString('hex')),
    ]);
    const records = await Promise.all(ledger.map((value) => registry.decode(value)));
    expect(records[1]).toMatchObject({ description: 'mesa 4', externalId: 'NFC-e 123' });
    expect(records.map((record) => [record.ledgerSeq, record.entryId ?? record.configId])).toEqual([
      [1, configuration.configId],
      [2, sale.entryId],
      [3, bigSale.entryId],
      [4, refund.entryId],
      [5, lateSale.entryId],
    ]);

    const last = read.get(topics.dailyBalances.name)?.at(-1);
    expect(last?.key?.toString()).toBe(`${merchantId}|${today}`);
    const balance = await registry.decode(last?.value as Buffer);
    expect(balance).toMatchObject({ revision: 5, totals: [{ currency: 'BRL', closingMinor: 100_001_000 }] });
    expect(Buffer.from(balance.chainHead)).toEqual(ledger.at(-1)?.subarray(-32));
  }, 60_000);
});

describe('the consumer of docs/data-teams.md', () => {
  test('prints each document as it is now, and again when it is replaced', async () => {
    const { kafka: brokers, registry: registryUrl } = stack.addresses;
    const child = spawn(process.execPath, [consumerFile], {
      env: { ...process.env, FLUXO_KAFKA: brokers, FLUXO_REGISTRY: registryUrl },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const shownAt = async (revision: number): Promise<unknown> => {
        for (;;) {
          const { value } = await lines.next();
          const shown = JSON.parse(String(value)) as { merchantId: string; revision: number };
          if (shown.merchantId === merchantId && shown.revision === revision) return shown;
        }
      };
      const at = (revision: number, closingMinor: number) => ({
        merchantId,
        businessDate: today,
        revision,
        totals: [expect.objectContaining({ currency: 'BRL', closingMinor })],
      });
      expect(await shownAt(5)).toEqual(at(5, 100_001_000));
      await send([['EntrySubmitted', entry('CREDIT', 'SALE', 2)]]);
      expect(await shownAt(6)).toEqual(at(6, 100_001_002));
    } finally {
      child.kill('SIGKILL');
    }
  }, 60_000);
});

/** The balance topic has no end a reader could know; the revision of the last ledger record says what must come. */
function isLatest(read: ReadonlyMap<string, readonly KafkaMessage[]>): boolean {
  const head = read.get(topics.ledger.name)?.at(-1)?.value?.subarray(-32);
  return (read.get(topics.dailyBalances.name) ?? []).some(
    ({ value }) => head !== undefined && value?.includes(head),
  );
}

/** A record in the ledger's partition that no reader may ever see, because its transaction is aborted. */
async function abortForgery(): Promise<void> {
  const producer = kafka.producer({
    transactionalId: `forger-${randomUUID()}`,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({
    topic: topics.ledger.name,
    messages: [{ key: merchantId, value: Buffer.alloc(100) }],
  });
  await transaction.abort();
  await producer.disconnect();
}
