/**
 * The whole system under readers: processor, sinks, stores and two query APIs, merchants with thirty days behind them, and tills that go on
 * selling. Whoever reads has both APIs' addresses, as a load balancer has.
 */
import { randomUUID } from 'node:crypto';
import { IdempotentProducer, SchemaRegistryClient, TopicCodec } from '@fluxo/kafka';
import { type EntrySubmitted, formatDate, topics } from '@fluxo/schemas';
import { fluxo } from '../../testing/fluxo-command.ts';
import { QueryApiProcess } from '../../testing/query-api-process.ts';
import { decidingServices, startStack, type TestStack } from '../../testing/stacks.ts';
import { zoneAtNoon } from '../../testing/zone-at-noon.ts';
import type { Asked } from './questions.ts';

const MERCHANTS = 200;
const RANGE_DAYS = 30;
const DAY_MS = 86_400_000;
/** 2020-01-01. */
const FIRST_DAY = 18_262;

export const merchantIds = Array.from({ length: MERCHANTS }, (_, index) => `m-${index}`);
/** Nobody but the measurement of freshness enters anything there. */
export const PROBE = 'probe';

export class ReadingScene {
  readonly stack: TestStack;
  #beside: QueryApiProcess;
  readonly #producer: IdempotentProducer;
  readonly #codec: TopicCodec;

  private constructor(
    stack: TestStack,
    parts: { beside: QueryApiProcess; producer: IdempotentProducer; codec: TopicCodec },
  ) {
    this.stack = stack;
    this.#beside = parts.beside;
    this.#producer = parts.producer;
    this.#codec = parts.codec;
  }

  /** Resolves when everything that was sold is served. */
  static async start(): Promise<ReadingScene> {
    const stack = await startStack({ only: decidingServices });
    const beside = await QueryApiProcess.start(stack);
    const registry = new SchemaRegistryClient(stack.addresses.registry);
    const codec = await TopicCodec.open(registry, topics.submissions);
    const producer = await IdempotentProducer.connect({
      brokers: [stack.addresses.kafka],
      clientId: 'bench-read',
    });
    const scene = new ReadingScene(stack, { beside, producer, codec });
    await scene.#fill();
    return scene;
  }

  /** Of both query APIs. */
  get addresses(): readonly string[] {
    return [this.stack.addresses.queryApi, this.#beside.address];
  }

  /** Of everything that is meant to work. */
  get pids(): readonly number[] {
    const own = decidingServices.map((name) => this.stack.pidOf(name)).filter((pid) => pid !== null);
    return [process.pid, this.#beside.pid, ...own];
  }

  /** What readers ask for; the range ends yesterday, whatever the hour. */
  asked(rangeShare: number, seed: number): Asked {
    const today = Math.floor(Date.now() / DAY_MS);
    const dates = Array.from({ length: RANGE_DAYS }, (_, index) => formatDate(today - RANGE_DAYS + index));
    return { merchants: merchantIds, dates, rangeShare, seed };
  }

  /** Sales of now, one for each of these merchants; resolves when the broker has them. */
  async sell(merchants: readonly string[]): Promise<void> {
    await this.#send(merchants.map((merchantId) => aSale(merchantId, Date.now())));
  }

  /** Both query APIs anew, with nothing in memory but what they load. */
  async restartReaders(): Promise<void> {
    await this.#beside.stop();
    await this.stack.stop('query-api');
    await this.stack.start('query-api');
    this.#beside = await QueryApiProcess.start(this.stack);
  }

  async killReader(): Promise<void> {
    await this.#beside.stop('SIGKILL');
  }

  async restoreReader(): Promise<void> {
    this.#beside = await QueryApiProcess.start(this.stack);
  }

  async end(): Promise<void> {
    await this.#producer.close();
    await this.#beside.stop();
    await this.stack.destroy();
  }

  async #fill(): Promise<void> {
    const nowMs = Date.now();
    for (const merchantId of [...merchantIds, PROBE])
      await this.#producer.send(topics.submissions.name, [
        { key: merchantId, value: this.#codec.encode('MerchantConfigured', settingsOf(merchantId, nowMs)) },
      ]);
    for (let day = RANGE_DAYS; day >= 0; day -= 1)
      await this.#send([...merchantIds, PROBE].map((merchantId) => aSale(merchantId, nowMs - day * DAY_MS)));
    await fluxo(['wait', '--timeout', '300'], this.stack.env);
  }

  async #send(sales: readonly EntrySubmitted[]): Promise<void> {
    if (sales.length === 0) return;
    await this.#producer.send(
      topics.submissions.name,
      sales.map((sale) => ({ key: sale.merchantId, value: this.#codec.encode('EntrySubmitted', sale) })),
    );
  }
}

const originOf = (nowMs: number) => ({
  submittedAt: nowMs,
  source: { system: 'bench-read', deviceId: null, sequence: null },
});

function settingsOf(merchantId: string, nowMs: number) {
  return {
    ...originOf(nowMs),
    merchantId,
    configId: randomUUID(),
    name: `Loja ${merchantId}`,
    zone: zoneAtNoon(),
    cutoffMinutes: 0,
    effectiveFrom: FIRST_DAY,
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 60,
    accounts: [{ accountId: 'drawer', name: 'Caixa', type: 'DRAWER', currency: 'BRL' }],
  } as const;
}

function aSale(merchantId: string, occurredAt: number): EntrySubmitted {
  return {
    ...originOf(Date.now()),
    merchantId,
    entryId: randomUUID(),
    accountId: 'drawer',
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'PIX',
    amountMinor: 1_250,
    currency: 'BRL',
    occurredAt,
    description: null,
    externalId: null,
  };
}
