/**
 * Brings services up in the order of what they need, and down in the reverse. Running `up` again starts only what is missing,
 * so it also brings back what has died. One command at a time works on a stack. It returns when things are as asked or says
 * why not; it watches nothing afterwards (`npm start` does that by calling `up` again and again).
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { portOffsets } from './addresses.ts';
import { isDockerUsable } from './docker.ts';
import { containerLogTail, runningContainers, startContainer, stopContainer } from './docker-servers.ts';
import { withLock } from './file-lock.ts';
import {
  demandFreePort,
  logTail,
  remembered,
  rememberedNames,
  running,
  startProcess,
  stopProcess,
  untilReaped,
} from './native-process.ts';
import { compileCache, dataFolder, logFile, type Place, runFolder } from './place.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { isReady } from './ready.ts';
import { addressesFor, isSecured, secretsFor } from './secured/secrets.ts';
import { prepareAlertmanager } from './servers/alertmanager.ts';
import type { Command } from './servers/command.ts';
import { prepareDynamodb } from './servers/dynamodb.ts';
import { prepareKafka } from './servers/kafka.ts';
import { preparePostgres } from './servers/postgres.ts';
import { preparePrometheus, writeTargets } from './servers/prometheus.ts';
import { prepareRedis } from './servers/redis.ts';
import { demandCompatibility, prepareRegistry } from './servers/registry.ts';
import {
  inStartOrder,
  inStopOrder,
  roleOf,
  type ServerService,
  type Service,
  serviceNamed,
  type WatcherService,
  type WorkerService,
} from './services.ts';
import { StackError } from './stack-error.ts';
import { runTask } from './task-process.ts';

export type Progress = (
  service: string,
  state: 'starting' | 'ready' | 'failed' | 'stopping' | 'stopped',
) => void;

export type UpOptions = { readonly progress?: Progress; readonly abort?: AbortSignal };

/** `needed`: what was brought up before, because this one needs it. */
type BringUp = UpOptions & { readonly needed: readonly Service[] };

/** Generous, because a machine may be busy: a process that died is noticed at once in any case. */
const READY_WITHIN_MS = 180_000;
const POLL_MS = 100;
const LOCK_WAIT_MS = 240_000;

type Prepare = (place: Place, isObserved: boolean) => Command;

const prepareServer: Readonly<Record<(ServerService | WatcherService)['name'], Prepare>> = {
  kafka: prepareKafka,
  registry: prepareRegistry,
  redis: prepareRedis,
  postgres: preparePostgres,
  dynamodb: prepareDynamodb,
  prometheus: preparePrometheus,
  alertmanager: prepareAlertmanager,
};

/** What is a process of its own for as long as it runs. */
type RunningService = ServerService | WatcherService | WorkerService;

export class Supervisor {
  readonly place: Place;
  readonly #hasDocker: boolean;
  /** Whether a Prometheus watches this stack, or is about to: then its broker is started so that it can be asked. */
  #isObserved = false;

  constructor(place: Place) {
    this.place = place;
    // Containers of a secured stack do not exist: docker-compose.yml is an open one.
    this.#hasDocker = !isSecured(place) && isDockerUsable(place.env);
  }

  /** Resolves when all are ready. Throws the first reason if one cannot be; those that need it are not tried. */
  async up(services: readonly Service[], options: UpOptions = {}): Promise<void> {
    await this.#exclusively(async () => {
      this.#isObserved =
        services.some(({ name }) => name === 'prometheus') || remembered(this.place, 'prometheus') !== null;
      const started = new Map<string, Promise<void>>();
      for (const service of inStartOrder(services)) {
        const needed = services.filter(({ name }) => service.dependsOn.includes(name));
        const areUp = Promise.all(needed.flatMap(({ name }) => started.get(name) ?? []));
        const promise = areUp.then(() => this.#bringUp(service, { ...options, needed }));
        promise.catch(() => undefined); // reported below, once, in the order of the list
        started.set(service.name, promise);
      }
      try {
        await settle([...started.values()]);
      } finally {
        writeTargets(this.place);
      }
    });
  }

  /** Stops everything of this stack that runs, dependants first. */
  async down(progress?: Progress): Promise<void> {
    await this.#exclusively(async () => {
      const names = await this.runningNames();
      const services = inStopOrder([...names].map(serviceNamed));
      for (const isServer of [false, true]) {
        const group = services.filter((service) => (service.kind === 'server') === isServer);
        await Promise.all(group.map((service) => this.#bringDown(service, progress)));
      }
    });
  }

  async stop(services: readonly Service[], progress?: Progress): Promise<void> {
    await this.#exclusively(async () => {
      for (const service of inStopOrder(services)) await this.#bringDown(service, progress);
      writeTargets(this.place);
    });
  }

  /** Names of all that was started and not stopped on purpose, running or died. */
  async runningNames(): Promise<ReadonlySet<string>> {
    const containers = this.#hasDocker ? await runningContainers(this.place) : [];
    return new Set([...rememberedNames(this.place), ...containers]);
  }

  /** Whether any process or container of this stack is alive. */
  async isAnythingRunning(): Promise<boolean> {
    const names = [...(await this.runningNames())];
    return names.some((name) => !this.hasDied(serviceNamed(name)));
  }

  /** Whether the servers of this stack are containers. */
  get usesContainers(): boolean {
    return this.#hasDocker;
  }

  /** Runs `work` while nothing of this stack runs, nor can be started. Throws `busy` if something does. */
  whileStopped<T>(work: () => Promise<T>): Promise<T> {
    return this.#exclusively(async () => {
      if (!(await this.isAnythingRunning())) return await work();
      throw new StackError('busy', 'This stack runs. Stop it first: npm run stack -- down');
    });
  }

  /** The process of a service; null if it runs as a container or not at all. */
  processOf(service: Service): ProcessIdentity | null {
    return running(this.place, service.name);
  }

  /** True if it was started as a process here, not stopped on purpose, and is gone. */
  hasDied(service: Service): boolean {
    return remembered(this.place, service.name) !== null && running(this.place, service.name) === null;
  }

  async isReady(service: Service): Promise<boolean> {
    return service.kind !== 'task' && isReady(service.ready, this.place.portBase + service.portOffset);
  }

  async #bringUp(service: Service, bringUp: BringUp): Promise<void> {
    const { progress, abort } = bringUp;
    abort?.throwIfAborted();
    progress?.(service.name, 'starting');
    try {
      if (service.kind === 'task') await runTask(this.place, service, abort);
      else await this.#startAndWait(service, bringUp);
    } catch (error) {
      progress?.(service.name, 'failed');
      throw error;
    }
    progress?.(service.name, 'ready');
  }

  async #startAndWait(service: RunningService, bringUp: BringUp): Promise<void> {
    if (service.kind === 'server' && this.#hasDocker) {
      await startContainer(this.place, service.name);
      await this.#waitUntilReady(service, null, bringUp);
    } else {
      const identity = running(this.place, service.name) ?? (await this.#startNative(service));
      await this.#waitUntilReady(service, identity, bringUp);
    }
    if (service.name === 'registry') await demandCompatibility(this.place.addresses.registry);
  }

  async #startNative(service: RunningService): Promise<ProcessIdentity> {
    await demandFreePort(this.place.portBase + service.portOffset, service.name);
    const besides = [portOffsets.kafkaController, ...(this.#isObserved ? [portOffsets.kafkaMetrics] : [])];
    if (service.name === 'kafka')
      for (const offset of besides) await demandFreePort(this.place.portBase + offset, 'kafka');
    // It takes a dead postmaster that is still in the table for one that runs.
    if (service.name === 'postgres') await untilReaped(this.place, service.name);
    const command =
      service.kind === 'worker'
        ? workerCommand(this.place, service)
        : prepareServer[service.name](this.place, this.#isObserved);
    return startProcess(this.place, service.name, command);
  }

  async #waitUntilReady(
    service: RunningService,
    identity: ProcessIdentity | null,
    { abort, needed }: BringUp,
  ): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!(await this.isReady(service))) {
      abort?.throwIfAborted();
      if (identity !== null && !isAlive(identity)) {
        throw new StackError(
          'died-at-start',
          `${service.name} ended before it was ready. ${await this.#lastWords(service)}`,
        );
      }
      const lost = needed.find((other) => this.hasDied(other));
      if (lost !== undefined)
        throw new StackError(
          'died-at-start',
          `${lost.name} ended while ${service.name}, which needs it, was starting. ${await this.#lastWords(lost)}`,
        );
      if (performance.now() > deadline) {
        const seconds = READY_WITHIN_MS / 1_000;
        throw new StackError(
          'not-ready',
          `${service.name} runs but was not ready after ${seconds} s. ${await this.#lastWords(service)}`,
        );
      }
      await sleep(POLL_MS);
    }
  }

  async #lastWords(service: Service): Promise<string> {
    if (service.kind === 'server' && this.#hasDocker) {
      return `Its last words:\n${await containerLogTail(this.place, service.name)}`;
    }
    return `Its last words (all of them: ${logFile(this.place, service.name)}):\n${logTail(this.place, service.name)}`;
  }

  async #bringDown(service: Service, progress?: Progress): Promise<void> {
    progress?.(service.name, 'stopping');
    if (service.kind === 'server' && this.#hasDocker) await stopContainer(this.place, service.name);
    else await stopProcess(this.place, service.name, { signal: endingSignal(service) });
    progress?.(service.name, 'stopped');
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    return withLock(join(runFolder(this.place), 'lock'), { waitMs: LOCK_WAIT_MS }, work);
  }
}

/** PostgreSQL understands SIGTERM as "when the last client has gone". */
function endingSignal({ name }: Service): 'SIGTERM' | 'SIGINT' {
  return name === 'postgres' ? 'SIGINT' : 'SIGTERM';
}

/** Waits for all, then throws the first real failure: a service that was not tried fails with the reason of what it needs. */
async function settle(promises: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function workerCommand(place: Place, service: WorkerService): Command {
  return {
    program: process.execPath,
    args: [join(place.checkout, service.program)],
    env: {
      ...service.environment(addressesFor(place, roleOf(service))),
      ...secretsFor(place, roleOf(service)),
      FLUXO_HTTP_PORT: String(place.portBase + service.portOffset),
      FLUXO_HOME: place.home,
      ...compileCache(place),
      FLUXO_CHECKPOINTS: dataFolder(place, 'checkpoints'),
    },
    workingFolder: place.checkout,
  };
}
