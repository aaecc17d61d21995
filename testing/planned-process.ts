/** A program of ours as a process of its own that is given one plan after the other and says what came of each. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export class PlannedProcess<Plan, Report> {
  readonly #child: ChildProcess;

  /** `program` answers each message, a plan, with one, its report. */
  constructor(program: URL) {
    this.#child = fork(program, [], { serialization: 'advanced' });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** One plan at a time. */
  async run(plan: Plan): Promise<Report> {
    this.#child.send(plan as object);
    const [report] = (await once(this.#child, 'message')) as [Report];
    return report;
  }

  stop(): void {
    this.#child.kill();
  }
}
