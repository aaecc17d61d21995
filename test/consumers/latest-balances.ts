/**
 * Follows the balance documents of all merchants: a JSON line for each document as it is now, and another whenever it is replaced. To be
 * copied; it needs `kafkajs`, `@kafkajs/confluent-schema-registry` and Node 24, and nothing of Fluxo.
 */
import { randomUUID } from 'node:crypto';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { Kafka, logLevel } from 'kafkajs';

const { FLUXO_KAFKA = '127.0.0.1:21000', FLUXO_REGISTRY = 'http://127.0.0.1:21002/apis/ccompat/v7' } =
  process.env;
const DAY_MS = 86_400_000;

type Total = { readonly currency: string; readonly closingMinor: number };
type Balance = {
  readonly merchantId: string;
  /** Days since 1970-01-01. */
  readonly businessDate: number;
  readonly revision: number;
  readonly totals: readonly Total[];
};

/** The newest revision of each document seen so far. */
const revisions = new Map<string, number>();

function show(key: string, { merchantId, businessDate, revision, totals }: Balance): void {
  // Kafka delivers at least once to a consumer: what is not newer is old news.
  if (revision <= (revisions.get(key) ?? 0)) return;
  revisions.set(key, revision);
  const date = new Date(businessDate * DAY_MS).toISOString().slice(0, 10);
  console.log(JSON.stringify({ merchantId, businessDate: date, revision, totals }));
}

const registry = new SchemaRegistry({ host: FLUXO_REGISTRY });
const kafka = new Kafka({ brokers: FLUXO_KAFKA.split(','), logLevel: logLevel.ERROR });

// What is known lives in memory, so each start reads the whole topic, in a group of its own.
const consumer = kafka.consumer({ groupId: `data-team-${randomUUID()}`, readUncommitted: false });
await consumer.connect();
await consumer.subscribe({ topics: ['cash.daily-balances.v1'], fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message: { key, value } }) => {
    if (key !== null && value !== null) show(key.toString(), (await registry.decode(value)) as Balance);
  },
});
