/**
 * A processor in a simulated process: the production assembly (`streams/processor.ts`) over a simulated network and clock. It can
 * be killed at any moment (nothing reaches it again, nothing it waited for ever happens), stopped and continued (SIGSTOP and
 * SIGCONT: what came meanwhile is delivered then), or asked to end. What it leaves behind in the cluster stays there.
 */
import { type BrokerDialer, type Clock, Cluster } from '@fluxo/kafka';
import { failureCodeOf } from '../../streams/engine/errors.ts';
import type { EngineObserver } from '../../streams/engine/observer.ts';
import type { TransactionLimits } from '../../streams/engine/worker.ts';
import type { createProcessor } from '../../streams/processor.ts';
import type { DailyBalanceCodecs } from '../../streams/topologies/record-codec.ts';
import type { Disk } from './disk.ts';
import type { Client, Network } from './network.ts';
import type { Timeline } from './timeline.ts';

/** Builds the worker of a process; the simulation's own tests put broken parts into it. */
export type Assemble = typeof createProcessor;

export type ProcessOptions = {
  readonly name: string;
  readonly timeline: Timeline;
  readonly network: Network;
  readonly codecs: DailyBalanceCodecs;
  readonly assemble: Assemble;
  /** Puts something between the processor and the network; nothing but in tests of the simulation itself. */
  readonly through: (dialer: BrokerDialer) => BrokerDialer;
  readonly limits: TransactionLimits;
  readonly observer: EngineObserver;
  /** Where it keeps checkpoints; undefined: none. */
  readonly disk: Disk | undefined;
  /** Called when the process has ended by itself: with null in peace, else with what it could not go on after. */
  readonly onEnd: (error: Error | null) => void;
};

export class SimulatedProcess implements Client {
  readonly name: string;
  readonly clock: Clock;
  readonly #options: ProcessOptions;
  #state: 'running' | 'frozen' | 'gone' = 'running';
  #waiting: (() => void)[] = [];
  #worker: Pick<Awaited<ReturnType<Assemble>>, 'stop'> | null = null;
  #isStopped = false;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.name = options.name;
    const { timeline } = options;
    this.clock = {
      nowMs: () => Math.floor(timeline.nowMs),
      sleep: (ms) =>
        new Promise((resolve) => {
          timeline.after(ms, () => this.deliver(resolve));
        }),
    };
    void this.#run();
  }

  get state(): 'running' | 'frozen' | 'gone' {
    return this.#state;
  }

  deliver(what: () => void): void {
    if (this.#state === 'running') what();
    else if (this.#state === 'frozen') this.#waiting.push(what);
  }

  /** At once and for good, in the middle of whatever it does. */
  kill(): void {
    this.#state = 'gone';
    this.#waiting = [];
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'running';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const what of waiting) this.#options.timeline.after(0, () => this.deliver(what));
  }

  /** Asks it to finish what it has begun and end. */
  stop(): void {
    this.#isStopped = true;
    this.#worker?.stop();
  }

  async #run(): Promise<void> {
    const error = await this.#work().then(
      () => null,
      (cause: unknown) => (cause instanceof Error ? cause : new Error(String(cause))),
    );
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#options.onEnd(error);
  }

  async #work(): Promise<void> {
    const { name, network, codecs, assemble, through, limits, observer, disk } = this.#options;
    const { cluster: simulated } = network;
    const cluster = await Cluster.connect({
      brokers: simulated.nodes.map(
        (node) => `${simulated.addressOf(node).host}:${simulated.addressOf(node).port}`,
      ),
      clientId: name,
      clock: this.clock,
      dialer: through(network.dialerOf(this)),
    });
    const worker = await assemble({
      cluster,
      codecs,
      instance: name,
      clock: this.clock,
      observer,
      limits,
      checkpoints: disk?.checkpoints,
      checkpointPace: disk?.pace,
    });
    this.#worker = worker;
    if (this.#isStopped) worker.stop();
    await worker.run();
    await cluster.close();
  }
}

/** Ends that are no fault of the processor: it was replaced, or nobody could be reached while it started; it is started again. */
export function isExpectedEnd(error: Error | null): boolean {
  const code = error === null ? null : failureCodeOf(error);
  return code === null || code === 'producer-fenced' || code === 'temporarily-unavailable';
}
