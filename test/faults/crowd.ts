/** The crowd of `crowd-process.ts` as a test holds it; and who has which core, so that callers and servers do not take each other's. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { PlannedProcess } from '../../testing/planned-process.ts';
import type { CrowdPlan, CrowdReport } from './crowd-process.ts';

/** `run` resolves when the last call is answered. */
export class Crowd extends PlannedProcess<CrowdPlan, CrowdReport> {
  constructor() {
    super(new URL('./crowd-process.ts', import.meta.url));
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
