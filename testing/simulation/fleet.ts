/**
 * The processors of a schedule, by name, and whoever looks after them: a process that has ended or was killed is started again
 * under its name after a while, as an orchestrator would. Several processes of one name may be alive at once: then one of them is
 * a zombie and has to find out.
 */
import type { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import type { EngineObserver } from '../../streams/engine/observer.ts';
import { isExpectedEnd, type ProcessOptions, SimulatedProcess } from './simulated-process.ts';

export type FleetOptions = Omit<ProcessOptions, 'name' | 'onEnd' | 'observer'> & {
  readonly random: SeededRandom;
  readonly observerOf: (name: string) => EngineObserver;
  readonly trace: (line: string) => void;
};

const RESTART_MAX_MS = 4_000;
const FREEZE_MAX_MS = 15_000;

export class Fleet {
  readonly #options: FleetOptions;
  /** Name → the process that has it by right; null while none runs. */
  readonly #places = new Map<string, SimulatedProcess | null>();
  readonly #zombies = new Set<SimulatedProcess>();
  #frozenUntilMs = 0;
  /** What a process could not go on after, if that is no failure it is allowed to end with. */
  failure: Error | null = null;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Those that do something now. */
  get running(): readonly SimulatedProcess[] {
    return [...this.#places.values()].filter((process) => process?.state === 'running') as SimulatedProcess[];
  }

  /** When the last of those that stand still will go on. */
  get frozenUntilMs(): number {
    return this.#frozenUntilMs;
  }

  /** Those that have a place by right, whatever they do. */
  get all(): readonly SimulatedProcess[] {
    return [...this.#places.values()].filter((process) => process !== null);
  }

  start(name: string): void {
    const { trace, observerOf, disk } = this.#options;
    trace(`${name} starts`);
    disk?.mayHurt();
    const elder = this.#places.get(name);
    if (elder !== undefined && elder !== null && elder.state !== 'gone') this.#zombies.add(elder);
    const process: SimulatedProcess = new SimulatedProcess({
      ...this.#options,
      name,
      observer: observerOf(name),
      onEnd: (error) => this.#onEnd(process, error),
    });
    this.#places.set(name, process);
  }

  /** One more member, under a name of its own. */
  startAnother(): void {
    this.start(`p${this.#places.size + 1}`);
  }

  /** It is started again after a while, or after so many milliseconds. */
  kill(process: SimulatedProcess, downMs = this.#restartMs()): void {
    process.kill();
    if (this.#places.get(process.name) === process) this.#restartLater(process.name, downMs);
  }

  /** Stands still for a while; sometimes somebody starts another one in its place meanwhile. */
  freeze(process: SimulatedProcess): void {
    const { random, timeline } = this.#options;
    process.freeze();
    const forMs = 200 + random.next() ** 2 * FREEZE_MAX_MS;
    this.#frozenUntilMs = Math.max(this.#frozenUntilMs, timeline.nowMs + forMs);
    timeline.after(forMs, () => {
      this.#options.trace(`${process.name} goes on`);
      process.thaw();
    });
    if (random.isChance(0.4))
      timeline.after(random.next() * forMs, () => {
        if (process.state === 'frozen') this.start(process.name);
      });
  }

  /** The end of all faults: whoever is missing is started. Those that stand still go on in their own time. */
  recover(): void {
    if (this.running.length > 0) return; // the others come back in their time
    for (const [name, process] of this.#places)
      if (process === null || process.state === 'gone') this.start(name);
  }

  killAll(): void {
    for (const process of [...this.#zombies, ...this.#places.values()]) process?.kill();
  }

  #onEnd(process: SimulatedProcess, error: Error | null): void {
    this.#options.trace(`${process.name} ends: ${error === null ? 'in peace' : error.message}`);
    if (!isExpectedEnd(error)) this.failure ??= error;
    this.#zombies.delete(process);
    if (this.#places.get(process.name) === process) this.#restartLater(process.name, this.#restartMs());
  }

  #restartMs(): number {
    return 20 + this.#options.random.next() ** 2 * RESTART_MAX_MS;
  }

  #restartLater(name: string, afterMs: number): void {
    this.#places.set(name, null);
    this.#options.timeline.after(afterMs, () => {
      if (this.#places.get(name) === null) this.start(name);
    });
  }
}
