/**
 * Brings back what dies while `npm start` runs, and knows when to stop trying: a service that dies again and again has a
 * reason that starting it once more does not remove.
 */
import type { Service } from './services.ts';
import type { Supervisor } from './supervisor.ts';

export const REVIVALS_MAX = 5;
const FORGET_AFTER_MS = 5 * 60_000;

export class Revival {
  readonly #supervisor: Supervisor;
  readonly #say: (line: string) => void;
  readonly #deaths = new Map<string, number[]>();

  constructor(supervisor: Supervisor, say: (line: string) => void) {
    this.#supervisor = supervisor;
    this.#say = say;
  }

  /** Starts again, among these services, those that were started and have died. Never throws: it says what failed. */
  async run(services: readonly Service[]): Promise<void> {
    const started = await this.#supervisor.runningNames();
    const dead = services
      .filter((service) => started.has(service.name) && this.#supervisor.hasDied(service))
      .filter(({ name }) => this.#mayTry(name));
    if (dead.length === 0) return;
    this.#say(`${dead.map(({ name }) => name).join(', ')} died; starting again`);
    try {
      await this.#supervisor.up(dead);
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
    }
  }

  #mayTry(name: string): boolean {
    const now = performance.now();
    const recent = (this.#deaths.get(name) ?? []).filter((at) => now - at < FORGET_AFTER_MS);
    if (recent.length > REVIVALS_MAX) return false;
    recent.push(now);
    this.#deaths.set(name, recent);
    if (recent.length <= REVIVALS_MAX) return true;
    this.#say(
      `${name} has died ${REVIVALS_MAX} times in a few minutes; it is left alone now. Look into its log.`,
    );
    return false;
  }
}
