/**
 * The query API as a process: a memory view fed from Kafka, behind it Redis and DynamoDB where FLUXO_REDIS and FLUXO_DYNAMODB name
 * them, the ledger from Postgres where FLUXO_POSTGRES does, HTTP in front. Any number of them run side by side and know nothing of each
 * other. It answers as soon as its port is open (from the views behind, or with 503, until the memory is loaded), and is ready once it is.
 */

import { Shutdown, serve } from '@fluxo/http';
import { openAccess } from '@fluxo/identity';
import {
  brokerAccess,
  Cluster,
  LogReader,
  SchemaRegistryClient,
  TopicCodec,
  traceparentOf,
} from '@fluxo/kafka';
import { type DailyBalance, topics } from '@fluxo/schemas';
import {
  createLogger,
  isTracing,
  logFigures,
  processMetrics,
  registerLag,
  requiredSetting,
  startTracing,
} from '@fluxo/telemetry';
import { buildApp } from './build-app.ts';
import { feedObserver, positionsOf, registerTiers, registerViewSize } from './feed-metrics.ts';
import { FirstReads } from './first-reads.ts';
import { openTiers } from './open-tiers.ts';
import { MemoryView } from './views/memory/memory-view.ts';
import { shardOf } from './views/memory/shard.ts';
import { TopicFeed } from './views/memory/topic-feed.ts';
import { PostgresLedgerView } from './views/postgres/postgres-ledger-view.ts';
import { PostgresStatementView } from './views/postgres/postgres-statement-view.ts';
import { ReadingFloor } from './views/reading-floor.ts';
import { TieredView } from './views/tiered-view.ts';

const environment = process.env;
const instance = environment['FLUXO_INSTANCE'] ?? 'query-api';
await startTracing(instance);
const log = createLogger(instance);
const metrics = processMetrics();

const access = openAccess(environment, log, 'reads every merchant');

const cluster = await Cluster.connect({
  ...brokerAccess(requiredSetting('FLUXO_KAFKA'), environment),
  clientId: instance,
});
const registry = new SchemaRegistryClient(requiredSetting('FLUXO_REGISTRY'));
const reader = new LogReader(cluster);
const codecs = {
  dailyBalances: await TopicCodec.open(registry, topics.dailyBalances),
  merchants: await TopicCodec.open(registry, topics.merchants),
};

const partitions = await reader.partitionsOf(topics.dailyBalances.name);
const floor = await ReadingFloor.now(reader, partitions);
const behind = openTiers(environment, { partitions, codecs, floor });
const shard = shardOf(environment['FLUXO_QUERY_PARTITIONS'], partitions);
if (!shard.isWhole && behind.views.length === 0)
  throw new Error(
    'FLUXO_QUERY_PARTITIONS leaves merchants to other processes: FLUXO_REDIS or FLUXO_DYNAMODB must name a view that has them.',
  );
const memory = new MemoryView(decodeBalance, shard.holds);
const firstReads = isTracing() ? new FirstReads(traceparentOf, () => memory.isLoaded) : undefined;
const observer = feedObserver(metrics, log);
const feed = new TopicFeed({
  log: reader,
  codecs,
  view: memory,
  partitions: shard.partitions,
  observer: firstReads?.observing(observer) ?? observer,
});
registerViewSize(metrics, memory);
registerLag(metrics, {
  positions: () => positionsOf(feed),
  endOffset: (topic, partition) => reader.endOffset(topic, partition),
  nowMs: () => Date.now(),
});
registerTiers(metrics, behind.views);
logFigures({
  metrics,
  log,
  gauges: { viewLagSeconds: 'fluxo_lag_seconds' },
  everySeconds: environment['FLUXO_FIGURES_SECONDS'],
  isReady: () => memory.isLoaded,
});
const postgresUrl = environment['FLUXO_POSTGRES'] ?? '';
const readingRole = { url: postgresUrl, name: instance, partitions };
const postgres = postgresUrl === '' ? undefined : new PostgresLedgerView(readingRole);
const statements = postgresUrl === '' ? undefined : new PostgresStatementView(readingRole);
// Processes that read the same database take each other's cursors: they share its address, and in it a secret.
const cursorSecret = environment['FLUXO_CURSOR_SECRET'] ?? postgresUrl;

const shutdown = new Shutdown();
const app = await buildApp({
  view: new TieredView(memory, behind.views),
  ledger: postgres === undefined ? undefined : { view: postgres, cursorSecret },
  statements,
  access,
  firstReads,
  shutdown,
  readiness: () => ({
    ready: memory.isLoaded && !shutdown.isAnnounced,
    positions: Object.fromEntries(
      [...feed.positions].map(([topic, offsets]) => [topic, Object.fromEntries(offsets)]),
    ),
  }),
  metrics,
  reportFailure: (error, requestId) => log.error({ err: error, requestId }, 'a request was not answered'),
});
// The view goes on following the topics while the last callers are served.
await serve(app, { shutdown, log, close: () => feed.stop() });
try {
  await feed.run();
} catch (error) {
  log.fatal({ err: error }, 'cannot go on');
  process.exitCode = 1;
  await app.close();
} finally {
  behind.close();
  await postgres?.close();
  await statements?.close();
  await cluster.close();
}

function decodeBalance(body: Uint8Array): DailyBalance {
  const decoded = codecs.dailyBalances.decode(body);
  if (decoded.kind === 'record' && decoded.type === 'DailyBalance') return decoded.value;
  throw new Error(`a document that could be decoded when it came is now ${decoded.kind}`);
}
