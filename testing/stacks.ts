/**
 * A whole Fluxo stack for an end-to-end test: servers, topics, processor, sink, query API, on ports and in a folder of its
 * own, with the means to hurt it. What a test does not stop is stopped when the test process ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Addresses,
  defaultSize,
  type Place,
  type StackSize,
  Supervisor,
  secure,
  serviceNamed,
  servicesOf,
} from '@fluxo/stack';
import { running } from '../stack/native-process.ts';
import { isAlive, signal } from '../stack/process-identity.ts';
import { tearDown, withTemporaryPlace } from './servers.ts';

export type StackOptions = Partial<StackSize> & {
  /** Only these services, by name; all of the size otherwise. */
  readonly only?: readonly string[];
  /** With the sign-in provider, and only for callers with a token. Elsewhere sign-in is off: those tests are not about it. */
  readonly signIn?: boolean;
  /** Kafka and Redis with their users: `npm start -- --secure`. */
  readonly secured?: boolean;
  /** Added to the environment of every process of the stack. */
  readonly env?: Readonly<Record<string, string>>;
};

/** What of a stack decides about what tills send and shows it, and what `fluxo wait` waits for: no other APIs, no sign-in, no simulator. */
export const decidingServices = [
  'kafka',
  'registry',
  'redis',
  'postgres',
  'provision',
  'migrate',
  'streams-1',
  'sink-redis-1',
  'sink-postgres-1',
  'query-api',
] as const;

export class TestStack {
  readonly place: Place;
  readonly #supervisor: Supervisor;

  constructor(place: Place) {
    this.place = place;
    this.#supervisor = new Supervisor(place);
  }

  get addresses(): Addresses {
    return this.place.addresses;
  }

  /** For child processes such as the CLI: makes them find this stack. */
  get env(): Record<string, string> {
    const { FLUXO_AUTH } = this.place.env;
    const auth = FLUXO_AUTH === undefined ? {} : { FLUXO_AUTH };
    return { FLUXO_HOME: this.place.home, FLUXO_PORT_BASE: String(this.place.portBase), ...auth };
  }

  /** Starts these services, or brings them back; resolves when they are ready. */
  start(...names: readonly string[]): Promise<void> {
    return this.#supervisor.up(names.map(serviceNamed));
  }

  /** Stops them gracefully. */
  stop(...names: readonly string[]): Promise<void> {
    return this.#supervisor.stop(names.map(serviceNamed));
  }

  /**
   * Sends the signal to the process itself, SIGKILL unless told otherwise; resolves once SIGKILL has done its work, because a
   * dying process still holds its port. Throws if the process does not run: then nothing was tested.
   */
  async kill(name: string, signalName: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const identity = running(this.place, name);
    if (identity === null || !signal(identity, signalName)) {
      throw new Error(`${name} does not run as a process here, so ${signalName} hit nothing`);
    }
    while (signalName === 'SIGKILL' && isAlive(identity)) await sleep(5);
  }

  pidOf(name: string): number | null {
    return running(this.place, name)?.pid ?? null;
  }

  /** Ends everything and removes the data. */
  async destroy(): Promise<void> {
    await this.#supervisor.down();
    await tearDown(this.place);
  }
}

/** Starts a stack without a simulator, unless asked for one; resolves when every process is ready. */
export function startStack(options: StackOptions = {}): Promise<TestStack> {
  const { only, signIn = false, secured = false, env, ...size } = options;
  const auth = signIn ? {} : { FLUXO_AUTH: 'off' };
  const services = servicesOf({ ...defaultSize, hasSimulator: false, hasSignIn: signIn, ...size });
  return withTemporaryPlace(async (place) => {
    const own = { ...place, env: { ...place.env, ...auth, ...env } };
    if (secured) secure(own);
    const wanted = services.filter((service) => only === undefined || only.includes(service.name));
    await new Supervisor(own).up(wanted);
    return new TestStack(own);
  });
}
