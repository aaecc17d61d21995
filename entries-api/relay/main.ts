/**
 * The outbox relay as a process: from Postgres to Kafka, until SIGTERM. Several of them share the work. It waits for Kafka, the registry
 * and the database as long as they are away; meanwhile what is accepted stays where it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SubmissionSender } from '@fluxo/producers';
import { Counter, createLogger, Registry, requiredSetting, startHealthServer } from '@fluxo/telemetry';
import { LANES } from '../store/entries-store.ts';
import { OutboxRelay } from './outbox-relay.ts';

const environment = process.env;
const instance = environment['FLUXO_INSTANCE'] ?? 'outbox-relay-1';
const log = createLogger(instance);
const metrics = new Registry();
const published = new Counter({
  name: 'fluxo_relay_published_total',
  help: 'Submissions that are in Kafka and out of the outbox.',
  registers: [metrics],
});
const retries = new Counter({
  name: 'fluxo_relay_retries_total',
  help: 'Times the database or Kafka did not do what was asked.',
  labelNames: ['what'],
  registers: [metrics],
});

const brokers = requiredSetting('FLUXO_KAFKA').split(',');
const registry = requiredSetting('FLUXO_REGISTRY');
const relay = new OutboxRelay({
  url: requiredSetting('FLUXO_POSTGRES'),
  name: instance,
  lanes: LANES,
  connectPublisher: () => SubmissionSender.connect({ brokers, registry, clientId: instance }),
  sleep: (ms) => sleep(ms),
  observer: {
    published: (rows) => published.inc(rows),
    retrying: (what, error) => {
      retries.inc({ what });
      log.warn({ what, err: error }, 'not possible now, trying again');
    },
    forgot: (rows) => log.info({ rows }, 'forgot what was too old'),
  },
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
health.close();
