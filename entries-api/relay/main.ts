/**
 * The outbox relay as a process: from Postgres to Kafka, until SIGTERM. Several of them share the work. It waits for Kafka, the registry
 * and the database as long as they are away; meanwhile what is accepted stays where it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { brokerAccess } from '@fluxo/kafka';
import { SubmissionSender } from '@fluxo/producers';
import {
  createLogger,
  endHealthServer,
  endTracing,
  logFigures,
  processMetrics,
  requiredSetting,
  startHealthServer,
  startTracing,
} from '@fluxo/telemetry';
import { LANES } from '../store/entries-store.ts';
import { OutboxRelay } from './outbox-relay.ts';
import { registerBacklog, relayObserver } from './relay-metrics.ts';

const environment = process.env;
const instance = environment['FLUXO_INSTANCE'] ?? 'outbox-relay-1';
await startTracing(instance);
const log = createLogger(instance);
const metrics = processMetrics();

const access = brokerAccess(requiredSetting('FLUXO_KAFKA'), environment);
const registry = requiredSetting('FLUXO_REGISTRY');
const relay = new OutboxRelay({
  url: requiredSetting('FLUXO_POSTGRES'),
  name: instance,
  lanes: LANES,
  connectPublisher: () => SubmissionSender.connect({ ...access, registry, clientId: instance }),
  sleep: (ms) => sleep(ms),
  observer: relayObserver(metrics, log),
});
registerBacklog(metrics, relay);
logFigures({
  metrics,
  log,
  gauges: { outboxAgeSeconds: 'fluxo_relay_outbox_age_seconds' },
  everySeconds: environment['FLUXO_FIGURES_SECONDS'],
  // The backlog is the database's to tell: a relay that cannot reach Kafka knows it, and must say it.
  isReady: () => true,
});
const health = await startHealthServer({
  port: Number(environment['FLUXO_HTTP_PORT'] ?? 0),
  metrics,
  readiness: () => ({ ready: relay.isReady }),
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => relay.stop());

try {
  log.info('started');
  await relay.run();
  log.info('stopped');
} catch (error) {
  log.fatal({ err: error }, 'cannot go on');
  process.exitCode = 1;
}
endHealthServer(health);
await endTracing();
