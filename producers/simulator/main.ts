/**
 * The till simulator as a process: some hundred merchants sell at an adjustable rate until SIGTERM. Its spool is in FLUXO_HOME,
 * so what it accepted before a stop or a crash arrives after the next start.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { brokerAccess } from '@fluxo/kafka';
import {
  Counter,
  createLogger,
  endHealthServer,
  Gauge,
  processMetrics,
  startHealthServer,
} from '@fluxo/telemetry';
import { TillProducer } from '../till-producer.ts';
import { runSimulator } from './run-simulator.ts';
import { Simulation } from './simulation.ts';

const FLUSH_MS = 3_000;
const checkout = fileURLToPath(new URL('../../', import.meta.url));
const environment = process.env;
const log = createLogger(environment['FLUXO_INSTANCE'] ?? 'simulator');
const metrics = processMetrics();
const submissions = new Counter({
  name: 'fluxo_simulator_submissions_total',
  help: 'Submissions accepted into the spool.',
  labelNames: ['type'],
  registers: [metrics],
});
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

let isReady = false;
let lastTrouble = '';
const till = await TillProducer.connect({
  ...brokerAccess(required('FLUXO_KAFKA'), environment),
  registry: required('FLUXO_REGISTRY'),
  source: { system: 'fluxo-simulator' },
  spoolDirectory: resolve(checkout, environment['FLUXO_HOME'] ?? '.fluxo', 'simulator/spool'),
  onTrouble: (error, pending) => {
    lastTrouble = (error as Error).message;
    log.warn({ err: error, pending }, 'submissions wait in the spool');
  },
});
const pendingGauge: Gauge = new Gauge({
  name: 'fluxo_simulator_pending',
  help: 'Submissions in the spool that Kafka has not acknowledged.',
  registers: [metrics],
  collect: () => pendingGauge.set(till.pending),
});
const health = await startHealthServer({
  port: number('FLUXO_HTTP_PORT', 0),
  metrics,
  readiness: () => ({ ready: isReady, pending: till.pending, lastTrouble }),
});

try {
  const merchants = number('FLUXO_SIMULATOR_MERCHANTS', 300);
  const ratePerSecond = number('FLUXO_SIMULATOR_RATE', 50);
  log.info({ merchants, ratePerSecond }, 'started');
  await runSimulator({
    till,
    simulation: new Simulation({ merchants, seed: number('FLUXO_SIMULATOR_SEED', Date.now()) }),
    ratePerSecond,
    signal: stopping.signal,
    onReady: () => {
      isReady = true;
    },
    onSubmitted: (type) => submissions.inc({ type }),
  });
  // What is not acknowledged by then waits in the spool for the next start.
  await Promise.race([till.flush(), sleep(FLUSH_MS)]);
  log.info({ pending: till.pending }, 'stopped');
} catch (error) {
  log.fatal({ err: error }, 'cannot go on');
  process.exitCode = 1;
} finally {
  isReady = false;
  await till.close();
  endHealthServer(health);
}

function required(name: string): string {
  const value = environment[name];
  if (value !== undefined && value !== '') return value;
  throw new Error(
    `${name} is not set: it must name the server to use; \`npm run stack -- status\` shows those of the local stack`,
  );
}

function number(name: string, otherwise: number): number {
  const text = environment[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`${name} is ${JSON.stringify(text)}: it must be a number that is not negative`);
}
