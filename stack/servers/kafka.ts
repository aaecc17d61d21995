/**
 * Kafka as one native process: KRaft, broker and controller in one, on loopback. Settings are those of a laptop (one replica,
 * small buffers), with two exceptions that tests of failures need: groups form at once, and transactions that their
 * producer abandoned are cleaned up within seconds. Data survives restarts.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { portOffsets } from '../addresses.ts';
import { dataFolder, type Place } from '../place.ts';
import { isSecured } from '../secured/secrets.ts';
import { kafkaFolder } from '../setup/downloads.ts';
import { javaProgram } from '../setup/system-tools.ts';
import { StackError } from '../stack-error.ts';
import { brokerMetricsFlags } from './broker-metrics.ts';
import { classFlags, sharedClasses } from './class-archive.ts';
import type { Command } from './command.ts';
import { adminAtFormat, securedListeners } from './kafka-secured.ts';

/** Committed offsets must outlive a stack that stands still for a long time: ten years. */
const OFFSETS_RETENTION_MINUTES = 10 * 365 * 24 * 60;

const JVM_FLAGS = [
  '-Xmx512m',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server=info',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
];

export function serverProperties(place: Place): string {
  const broker = `127.0.0.1:${place.portBase + portOffsets.kafka}`;
  const controller = `127.0.0.1:${place.portBase + portOffsets.kafkaController}`;
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${controller}`,
    listeners: `PLAINTEXT://${broker},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${broker}`,
    ...(isSecured(place)
      ? securedListeners(place, { broker, controller })
      : proxiedListener(place, { broker, controller })),
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(dataFolder(place, 'kafka'), 'log'),
    'auto.create.topics.enable': false,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'offsets.retention.minutes': OFFSETS_RETENTION_MINUTES,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 8,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 2_000,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 32 * 1024 * 1024,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/**
 * For tests of failures (FLUXO_KAFKA_PROXIED): whoever comes in by a second listener is told to stay on the proxy before it, so
 * that all that whole processes say to the broker can be held, lost or watched.
 */
function proxiedListener(
  { env, portBase }: Place,
  { broker, controller }: { readonly broker: string; readonly controller: string },
): Readonly<Record<string, string>> {
  if (env['FLUXO_KAFKA_PROXIED'] === undefined) return {};
  const at = (offset: number) => `PROXIED://127.0.0.1:${portBase + offset}`;
  const protocols = ['PLAINTEXT', 'CONTROLLER', 'PROXIED'].map((name) => `${name}:PLAINTEXT`);
  return {
    listeners: `PLAINTEXT://${broker},CONTROLLER://${controller},${at(portOffsets.kafkaBehindProxy)}`,
    'advertised.listeners': `PLAINTEXT://${broker},${at(portOffsets.kafkaProxy)}`,
    'listener.security.protocol.map': protocols.join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
  };
}

/** Writes the settings, formats the data folder if it is new, and says how to start. Observed, it tells Prometheus its own figures. */
export function prepareKafka(place: Place, isObserved = false): Command {
  const folder = dataFolder(place, 'kafka');
  const properties = join(folder, 'server.properties');
  mkdirSync(folder, { recursive: true });
  writeFileSync(properties, serverProperties(place), { mode: 0o600 });
  const jars = kafkaFolder(place.cache);
  if (!existsSync(join(folder, 'log', 'meta.properties')))
    format(jars, properties, isSecured(place) ? adminAtFormat(place) : []);
  return {
    program: javaProgram(),
    args: [
      ...JVM_FLAGS,
      ...ownFlags(place),
      ...classFlags(place.env, jars),
      ...brokerMetricsFlags(place, isObserved),
      '-cp',
      join(jars, '*'),
      'kafka.Kafka',
      properties,
    ],
    env: {},
    workingFolder: folder,
  };
}

/** Whoever starts the stack may add to the flags under the name that Kafka's own scripts know. */
function ownFlags({ env }: Place): readonly string[] {
  return env['KAFKA_JVM_PERFORMANCE_OPTS']?.split(' ').filter((flag) => flag !== '') ?? [];
}

/** KRaft wants its data folder formatted once, with an id of the cluster: 16 random bytes in base64url. */
function format(jars: string, properties: string, admin: readonly string[]): void {
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  const flags = [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  ];
  const args = [
    ...flags,
    ...sharedClasses(jars),
    '-cp',
    join(jars, '*'),
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    properties,
    ...admin,
  ];
  const { status, stdout, stderr, error } = spawnSync(javaProgram(), args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new StackError(
    'not-ready',
    `Kafka's data folder could not be formatted: ${error?.message ?? (stderr || stdout).slice(-1_000)}`,
  );
}
