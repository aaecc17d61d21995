/**
 * The query API over a real Postgres that the sinks filled with what the production topology makes of generated submissions, and beside it
 * the same records in plain arrays, to compare with. Needs Postgres; no Kafka: the topology folds in memory, one submission a transaction,
 * and the sinks are given batches as their loop would give them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Shutdown } from '@fluxo/http';
import type { Access } from '@fluxo/identity';
import { buildApp, MemoryView, PostgresLedgerView, type StatementView, TieredView } from '@fluxo/query-api';
import { type DailyBalance, type Merchant, type ProblemBody, topics } from '@fluxo/schemas';
import { dailyBalanceTopology, type FoldOutput, foldSubmissions } from '@fluxo/streams';
import { Registry } from '@fluxo/telemetry';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse as Response } from 'fastify';
import { type LedgerRecord, NaiveLedger } from '../../query-api/views/naive-ledger.ts';
import { logOf, PARTITIONS } from '../../testing/audited-system.ts';
import { SinkFeeder } from '../../testing/sink-feeder.ts';
import { type GeneratorOptions, generateSubmissions } from '../../testing/submission-generator.ts';
import { codecs, PostgresScene } from './postgres-scene.ts';

/** Generous: the machine may be busy, and these tests are not about time. */
const ANSWER_WITHIN_MS = 30_000;

type Documents = { readonly DailyBalance: DailyBalance; readonly Merchant: Merchant };

export type LedgerSceneOptions = {
  readonly access?: Access;
  /** How many rows a page may look at. */
  readonly candidatesMax?: number;
  /** In place of the usual one. */
  readonly view?: PostgresLedgerView;
  readonly statements?: StatementView;
};

export class LedgerScene {
  readonly postgres: PostgresScene;
  readonly naive = new NaiveLedger();
  /** Every version of every document, in the order of the topic. */
  readonly documents: DailyBalance[] = [];
  readonly merchants = new Map<string, Merchant>();
  readonly memory = new MemoryView((body) => decoded('DailyBalance', body));
  readonly failures: unknown[] = [];
  readonly #feeders: ReadonlyMap<string, SinkFeeder>;
  readonly #views: PostgresLedgerView[] = [];
  readonly #apps: FastifyInstance[] = [];

  private constructor(postgres: PostgresScene) {
    this.postgres = postgres;
    this.memory.isLoaded = true;
    this.#feeders = new Map([
      [topics.ledger.name, new SinkFeeder(postgres.ledgerSink(), PARTITIONS)],
      [topics.dailyBalances.name, new SinkFeeder(postgres.balanceSink(), PARTITIONS)],
      [topics.merchants.name, new SinkFeeder(postgres.merchantSink(), PARTITIONS)],
    ]);
  }

  static async open(): Promise<LedgerScene> {
    const scene = new LedgerScene(await PostgresScene.open());
    for (const feeder of scene.#feeders.values()) {
      await feeder.connect();
      await feeder.confirm(true);
    }
    return scene;
  }

  async close(): Promise<void> {
    for (const app of this.#apps) await app.close();
    for (const view of this.#views) await view.close();
    await this.postgres.close();
  }

  /** What the topology publishes for these submissions, in order. */
  static async fold(options: GeneratorOptions): Promise<readonly FoldOutput[]> {
    const topology = dailyBalanceTopology({ codecs, partitions: PARTITIONS });
    const outputs: FoldOutput[] = [];
    const input = (async function* () {
      yield* logOf(generateSubmissions(options));
    })();
    for await (const output of foldSubmissions(topology, input, { batchRecords: 1 })) outputs.push(output);
    return outputs;
  }

  /** Outputs arrive: in the tables, in the memory of the API, and in the arrays. */
  async arrive(outputs: readonly FoldOutput[]): Promise<void> {
    for (const [topic, feeder] of this.#feeders) {
      const mine = outputs.filter((output) => output.topic === topic);
      const batches = [...feeder.positions].map(([partition, fromOffset]) => {
        const values = mine.filter((output) => output.partition === partition);
        const records = values.map(({ value }, index) => ({
          offset: fromOffset + index,
          key: null,
          value,
        }));
        return { partition, fromOffset, records, nextOffset: fromOffset + records.length, isComplete: true };
      });
      await feeder.put(batches);
    }
    for (const output of outputs) this.#note(output);
  }

  /** The ledger as the reader sees it. */
  view(candidatesMax?: number): PostgresLedgerView {
    const view = new PostgresLedgerView({
      url: this.postgres.database.url('fluxo_reader'),
      name: 'ledger-test',
      partitions: PARTITIONS,
      answerWithinMs: ANSWER_WITHIN_MS,
      ...(candidatesMax === undefined ? {} : { candidatesMax }),
    });
    this.#views.push(view);
    return view;
  }

  async openApi({
    access = 'off',
    candidatesMax,
    view = this.view(candidatesMax),
    statements,
  }: LedgerSceneOptions = {}): Promise<FastifyInstance> {
    const app = await buildApp({
      view: new TieredView(this.memory, []),
      ledger: { view, cursorSecret: 'a secret of this test' },
      statements,
      access,
      readiness: () => ({ ready: true, positions: {} }),
      metrics: new Registry(),
      reportFailure: (error) => this.failures.push(error),
      shutdown: new Shutdown(),
    });
    this.#apps.push(app);
    return app;
  }

  /** A machine with too much to do sheds requests; these tests are not about that. */
  async ask(app: FastifyInstance, options: InjectOptions | string): Promise<Response> {
    for (;;) {
      const answer = await app.inject(options);
      if (answer.statusCode !== 503 || answer.json<ProblemBody>().code !== 'overloaded') return answer;
      await sleep(50);
    }
  }

  #note({ topic, partition, value }: FoldOutput): void {
    const bytes = value as Buffer;
    if (topic === topics.ledger.name) {
      const record = codecs.ledger.decode(bytes);
      if (record.kind !== 'record') throw new Error(record.kind);
      this.naive.records.push({ type: record.type, value: record.value, partition } as LedgerRecord);
    } else if (topic === topics.dailyBalances.name) {
      const document = decoded('DailyBalance', bytes);
      this.documents.push(document);
      this.memory.applyBalance(document, bytes);
    } else if (topic === topics.merchants.name) {
      const merchant = decoded('Merchant', bytes);
      this.merchants.set(merchant.merchantId, merchant);
      this.memory.applyMerchant(merchant);
    }
  }
}

function decoded<Name extends keyof Documents>(type: Name, body: Uint8Array): Documents[Name] {
  const found = (type === 'Merchant' ? codecs.merchants : codecs.dailyBalances).decode(body);
  if (found.kind === 'record' && found.type === type) return found.value as Documents[Name];
  throw new Error(`a ${type} that is ${found.kind}`);
}
