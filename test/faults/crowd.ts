/** The crowd of `crowd-process.ts` as a test holds it; and who has which core, so that callers and servers do not take each other's. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { CrowdPlan, CrowdReport } from './crowd-process.ts';

const PROGRAM = fileURLToPath(new URL('./crowd-process.ts', import.meta.url));

export class Crowd {
  readonly #child: ChildProcess = fork(PROGRAM, [], { serialization: 'advanced' });

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Resolves when the last call is answered. One plan at a time. */
  async run(plan: CrowdPlan): Promise<CrowdReport> {
    this.#child.send(plan);
    const [report] = (await once(this.#child, 'message')) as [CrowdReport];
    return report;
  }

  stop(): void {
    this.#child.kill();
  }
}

/**
 * Servers on the first core, callers on the second. Where there is one core, or no `taskset`, they share what there is, and both what is
 * served with the crowd and what is served without it are less.
 */
export function keepApart({
  servers,
  callers,
}: Readonly<Record<'servers' | 'callers', readonly number[]>>): void {
  if (availableParallelism() < 2) return;
  for (const [core, pids] of [servers, callers].entries())
    for (const pid of pids) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]);
}
