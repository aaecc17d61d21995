/** The load generator as the benchmark holds it: a process that is given one plan after the other. */
import { PlannedProcess } from '../../testing/planned-process.ts';
import type { LoadPlan } from './load-process.ts';
import type { Outcomes } from './outcome.ts';

/** `run` resolves when every request has been answered or lost. */
export class LoadGenerator extends PlannedProcess<LoadPlan, Outcomes> {
  constructor() {
    super(new URL('./load-process.ts', import.meta.url));
  }
}
