/**
 * Ours and Kafka Streams on the same broker, for the same job: the same entries, each side in its own Avro and its own
 * preloaded topic, in turns within one run, measured from outside by the same code. What the rival is, and what it does not
 * do that ours does, is in `kafka-streams/java/README.md`. Run by `npm run bench -- kafka-streams [--quick]`.
 */
import { createHash } from 'node:crypto';
import {
  Cluster,
  createTopics,
  IdempotentProducer,
  registerSchemas,
  SchemaRegistryClient,
  TopicCodec,
} from '@fluxo/kafka';
import { allTopics, type EntrySubmitted, PARTITIONS_DEFAULT, partitionOf, topics } from '@fluxo/schemas';
import { startStack } from '../testing/stacks.ts';
import { Comparison } from './kafka-streams/comparison.ts';
import type { Contender } from './kafka-streams/contender.ts';
import { type Figure, FigureBook, figures } from './kafka-streams/figures.ts';
import { Ours } from './kafka-streams/ours.ts';
import { Rival, rivalTopic, type Store } from './kafka-streams/rival.ts';
import { RivalProgram } from './kafka-streams/rival-program.ts';
import { Scene } from './pipeline/scene.ts';
import { configurationOf, digestLine, entryAt, MERCHANTS, standardWorkload } from './workload.ts';

const isQuick = process.argv.includes('--quick');
const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? (isQuick ? 100_000 : 500_000));
const PARTITIONS = Number(process.env['BENCH_PARTITIONS'] ?? PARTITIONS_DEFAULT);
const ROUNDS = Number(process.env['BENCH_RUNS'] ?? (isQuick ? 1 : 3));
const PACE = isQuick ? { warmUpMs: 2_000, measuredMs: 4_000 } : { warmUpMs: 3_000, measuredMs: 10_000 };

/** Each side is also measured with so many stream threads in its one process. */
const THREADS = 2;

/** Kafka Streams' own default under exactly_once_v2, and what is tried below it; the lowest it can sustain is measured. */
const COMMIT_DEFAULT_MS = 100;
const COMMITS_TRIED_MS = [5, 10, 20, 50];
const PACE_OF_TRIAL = { warmUpMs: 3_000, measuredMs: 4_000 };
const CHECKED_ENTRIES = Math.min(ENTRIES, 50_000);

const RIVAL_INPUT = 'ks-in';
const CHECK_INPUT = 'ks-check-in';
const TRIAL_INPUT = 'ks-trial-in';

const endMs = Date.now();
let freshEntries = 0;
const workload = standardWorkload(ENTRIES, endMs);
const stack = await startStack({ only: ['kafka', 'registry'] });
const brokers = [stack.addresses.kafka];
const program = RivalProgram.compile(stack.place.cache, { kafka: stack.addresses.kafka, endMs });
try {
  await compare();
} finally {
  await stack.destroy();
}

async function compare(): Promise<void> {
  const registry = new SchemaRegistryClient(stack.addresses.registry);
  const inputs = [RIVAL_INPUT, CHECK_INPUT, TRIAL_INPUT].map((name) => rivalTopic(name, 'delete'));
  await createTopics({ brokers, topics: [...allTopics, ...inputs], partitions: PARTITIONS });
  await registerSchemas(registry, allTopics);
  const cluster = await Cluster.connect({ brokers, clientId: 'bench' });
  const producer = await IdempotentProducer.connect({ brokers, clientId: 'bench-producer' });
  const scene = new Scene({ stack, cluster, producer, partitions: PARTITIONS });
  const submissions = await TopicCodec.open(registry, topics.submissions);
  const ledger = await TopicCodec.open(registry, topics.ledger);
  const [ours, oursThreaded] = [1, THREADS].map(
    (threads) => new Ours({ stack, program, submissions, ledger, partitions: PARTITIONS, threads }),
  ) as [Ours, Ours];

  await demandSameEntries();
  await configureMerchants();
  await scene.preload(ours, ENTRIES, (position) => entryAt(position, workload));
  await scene.preload(rivalOf('memory', COMMIT_DEFAULT_MS), ENTRIES, (position) =>
    entryAt(position, workload),
  );
  await demandRightRival(scene);

  const book = new FigureBook();
  const comparison = new Comparison({ scene, book, pace: PACE, freshEntry });
  const lowestMs = await lowestCommitInterval(comparison);
  const rivals = [
    rivalOf('memory', COMMIT_DEFAULT_MS),
    rivalOf('rocksdb', COMMIT_DEFAULT_MS),
    ...(lowestMs < COMMIT_DEFAULT_MS ? [rivalOf('memory', lowestMs)] : []),
  ];
  const rivalThreaded = rivalOf('memory', COMMIT_DEFAULT_MS, { threads: THREADS });
  for (let round = 1; round <= ROUNDS; round++)
    for (const contender of inTurn(round, [ours, ...rivals, oursThreaded, rivalThreaded])) {
      console.error(`Round ${round} of ${ROUNDS}: ${contender.name}`);
      await comparison.live(contender);
    }
  report(book, ours, [...rivals, rivalThreaded]);
  report(book, oursThreaded, [rivals[0] as Rival, rivalThreaded]);
  await producer.close();
  await cluster.close();

  async function configureMerchants(): Promise<void> {
    const messages = Array.from({ length: MERCHANTS }, (_, index) => {
      const value = configurationOf(index, endMs);
      const key = Buffer.from(value.merchantId);
      const partition = partitionOf(key, PARTITIONS);
      return { key, value: submissions.encode('MerchantConfigured', value), partition };
    });
    await producer.send(ours.inputTopic, messages);
  }
}

function rivalOf(
  store: Store,
  commitIntervalMs: number,
  { inputTopic = RIVAL_INPUT, threads = 1 }: { readonly inputTopic?: string; readonly threads?: number } = {},
): Rival {
  return new Rival({ stack, program, inputTopic, partitions: PARTITIONS, store, commitIntervalMs, threads });
}

/** Like the others, but with an id that was never sent, as a till would send it now. */
function freshEntry(nowMs: number): EntrySubmitted {
  freshEntries += 1;
  const entry = entryAt(ENTRIES + freshEntries, workload);
  const entryId = `${freshEntries.toString(16).padStart(8, '0')}-ffff-4000-8000-000000000000`;
  return { ...entry, entryId, submittedAt: nowMs, occurredAt: nowMs };
}

/** Theirs is a generator of its own in Java; that it makes the same entries is not taken on trust. */
async function demandSameEntries(): Promise<void> {
  const digest = createHash('sha256');
  for (let position = 0; position < ENTRIES; position++)
    digest.update(digestLine(entryAt(position, workload)));
  const theirs = (await program.run('digest', { n: ENTRIES })).trim();
  const mine = digest.digest('hex');
  if (theirs !== mine)
    throw new Error(
      `workload.ts and Gen.java make different entries (${mine}, ${theirs}): correct one of them first`,
    );
  console.error(`${ENTRIES} entries are the same on both sides: ${mine.slice(0, 16)}`);
}

/** A rival that counts wrong would be no rival: its outputs are compared with its own plain computation, once. */
async function demandRightRival(scene: Scene): Promise<void> {
  const rival = rivalOf('memory', COMMIT_DEFAULT_MS, { inputTopic: CHECK_INPUT });
  const checked = standardWorkload(CHECKED_ENTRIES, endMs);
  await rival.forget();
  await scene.preload(rival, CHECKED_ENTRIES, (position) => entryAt(position, checked));
  await rival.start();
  await scene.untilDone(rival);
  await rival.stop();
  const outputs = { posted: rival.postedTopic, balances: `${rival.groupId}-balances` };
  const verdict = await program.run('verify', { n: CHECKED_ENTRIES, partitions: PARTITIONS, ...outputs });
  if (!verdict.trim().endsWith('OK')) throw new Error(`the rival's outputs are wrong: ${verdict}`);
  console.error(`The rival's outputs for ${CHECKED_ENTRIES} entries are right`);
}

async function lowestCommitInterval(comparison: Comparison): Promise<number> {
  for (const commitMs of COMMITS_TRIED_MS) {
    const isSustained = await comparison.canSustain(
      rivalOf('memory', commitMs, { inputTopic: TRIAL_INPUT }),
      PACE_OF_TRIAL,
    );
    console.error(
      `Kafka Streams ${isSustained ? 'sustains' : 'does not sustain'} a commit interval of ${commitMs} ms`,
    );
    if (isSustained) return commitMs;
  }
  return COMMIT_DEFAULT_MS;
}

/** Every second round the other way round, so that nobody always comes after the same one. */
function inTurn<Item>(round: number, items: readonly Item[]): readonly Item[] {
  return round % 2 === 1 ? items : items.toReversed();
}

function report(book: FigureBook, ours: Contender, rivals: readonly Contender[]): void {
  const conditions = { entries: ENTRIES, partitions: PARTITIONS, form: isQuick ? 'quick' : 'standard' };
  for (const rival of rivals)
    for (const figure of Object.keys(figures) as Figure[]) {
      const line = book.line(figure, ours.name, rival.name, conditions);
      if (line !== null) console.log(JSON.stringify(line));
    }
}
