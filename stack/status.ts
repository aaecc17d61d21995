/** What runs of this stack, as data for programs (`status --json`) and as lines for people. Changes nothing. */
import { type Lag, LagMeter } from './lag.ts';
import { type Service, serviceNamed } from './services.ts';
import type { Supervisor } from './supervisor.ts';

export type StackStatus = {
  /** The processes that run; `pid` is the process itself (java, redis-server, postgres, node). */
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly ready: boolean }[];
  /** Servers that run as containers. */
  readonly containers: readonly { readonly name: string; readonly ready: boolean }[];
  /** Started, not stopped on purpose, and gone: `up` brings them back. */
  readonly died: readonly string[];
  readonly urls: Readonly<
    Record<
      | 'kafka'
      | 'registry'
      | 'redis'
      | 'postgres'
      | 'query-api'
      | 'entries-api'
      | 'operations-api'
      | 'identity'
      | 'bff',
      string
    >
  >;
  readonly lag: Lag;
};

export async function statusOf(supervisor: Supervisor): Promise<StackStatus> {
  const { addresses } = supervisor.place;
  const names = [...(await supervisor.runningNames())].toSorted();
  const meter = new LagMeter(supervisor.place);
  const lag = await meter.read();
  await meter.close();
  const seen = await Promise.all(names.map((name) => look(supervisor, serviceNamed(name))));
  return {
    processes: seen.flatMap(({ name, pid, ready }) => (pid === null ? [] : [{ name, pid, ready }])),
    containers: seen.flatMap(({ name, pid, ready }) => (pid === null && ready ? [{ name, ready }] : [])),
    died: seen.filter(({ pid, ready }) => pid === null && !ready).map(({ name }) => name),
    urls: {
      kafka: addresses.kafka,
      registry: addresses.registry,
      redis: addresses.redis,
      postgres: addresses.postgres,
      'query-api': addresses.queryApi,
      'entries-api': addresses.entriesApi,
      'operations-api': addresses.operationsApi,
      bff: addresses.bff,
      identity: addresses.identity,
    },
    lag,
  };
}

async function look(supervisor: Supervisor, service: Service) {
  const process = supervisor.processOf(service);
  return { name: service.name, pid: process?.pid ?? null, ready: await supervisor.isReady(service) };
}
