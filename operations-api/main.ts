/**
 * The operations API as a process: it alone of those that answer HTTP looks at consumer groups and writes submissions. It is ready once the brokers have
 * answered; while they are away it shows what it knew last and says of when that is. One of it is enough: each has a memory of its own.
 */
import { Shutdown, serve } from '@fluxo/http';
import { openAccess } from '@fluxo/identity';
import { brokerAccess, Cluster, SchemaRegistryClient } from '@fluxo/kafka';
import { createLogger, processMetrics, requiredSetting, startTracing } from '@fluxo/telemetry';
import { buildApp } from './build-app.ts';
import { KafkaPipeline } from './kafka-pipeline.ts';
import { latestAudit } from './latest-audit.ts';
import { lookAt } from './look.ts';
import { PipelineWatch } from './pipeline-watch.ts';
import { Rejections } from './rejections.ts';
import { trailsOf } from './trails/trails.ts';

const LOOK_EVERY_MS = 10_000;
/** An hour. */
const SAMPLES_MAX = 360;

const environment = process.env;
const instance = environment['FLUXO_INSTANCE'] ?? 'operations-api';
await startTracing(instance);
const log = createLogger(instance);
const metrics = processMetrics();
const shutdown = new Shutdown();
const access = openAccess(environment, log, 'is an operator');

const brokers = brokerAccess(requiredSetting('FLUXO_KAFKA'), environment);
const cluster = await Cluster.connect({ ...brokers, clientId: instance });
const logs = new KafkaPipeline(cluster, new SchemaRegistryClient(requiredSetting('FLUXO_REGISTRY')));
const watch = new PipelineWatch({
  look: () => lookAt(logs, Date.now),
  everyMs: LOOK_EVERY_MS,
  samplesMax: SAMPLES_MAX,
  reportFailure: (error) => log.warn({ err: error }, 'the pipeline could not be looked at'),
});
const app = await buildApp({
  services: {
    watch,
    rejections: new Rejections({ logs, access: brokers, clientId: instance }),
    audit: () => latestAudit(environment['FLUXO_AUDIT']),
    trails: (question) => trailsOf(logs, question),
  },
  access,
  metrics,
  shutdown,
  readiness: () => ({ ready: watch.body !== null && !shutdown.isAnnounced }),
  reportFailure: (error, requestId) => log.error({ err: error, requestId }, 'a request was not answered'),
});
await serve(app, { shutdown, log, close: () => watch.end() });
await watch.run();
await cluster.close();
