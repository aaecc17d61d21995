/** The load generator as the benchmark holds it: a process that is given one plan after the other. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadPlan } from './load-process.ts';
import type { Outcomes } from './outcome.ts';

const PROGRAM = fileURLToPath(new URL('./load-process.ts', import.meta.url));

export class LoadGenerator {
  readonly #child: ChildProcess = fork(PROGRAM, [], { serialization: 'advanced' });

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Resolves when every request has been answered or lost. One plan at a time. */
  async run(plan: LoadPlan): Promise<Outcomes> {
    this.#child.send(plan);
    const [outcomes] = (await once(this.#child, 'message')) as [Outcomes];
    return outcomes;
  }

  stop(): void {
    this.#child.kill();
  }
}
