/**
 * What a contender needs to go on: after kill -9 in the middle of its work, and when it takes over partitions whose state is
 * only in the cluster.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntrySubmitted } from '@fluxo/schemas';
import { memoryOf, NoiseWatch } from '../process-usage.ts';
import type { Contender } from './contender.ts';
import type { Scene } from './scene.ts';

export type Recovery = { readonly killToProgressMs: number; readonly othersShare: number };

/** It is killed this long after work came in, so that it is busy. */
const INTO_WORK_MS = 60;
const LOOK_MS = 5;

/**
 * Kills the contender while it works, starts it again at once, and waits until something is committed that came in only after
 * the kill: a commit that was under way when it died does not count.
 */
export async function measureRecovery(
  scene: Scene,
  contender: Contender,
  entries: { readonly before: readonly EntrySubmitted[]; readonly after: readonly EntrySubmitted[] },
): Promise<Recovery> {
  await scene.send(contender, entries.before);
  await sleep(INTO_WORK_MS);
  await contender.kill();
  const killedMs = performance.now();
  const ends = await scene.ends(contender.inputTopic);
  await scene.send(contender, entries.after);
  await contender.start();
  const noise = new NoiseWatch(scene.pidsFor(contender));
  await scene.until(contender, LOOK_MS, (committed) =>
    committed.some((offset, partition) => offset > (ends[partition] ?? 0)),
  );
  const killToProgressMs = performance.now() - killedMs;
  const othersShare = noise.othersShare();
  await contender.ready();
  return { killToProgressMs, othersShare };
}

export type Restore = {
  readonly assignedToReadyMs: number;
  readonly residentMb: number;
  readonly othersShare: number;
};

/** Stops the contender when it has done everything, takes its local state away, and starts it again. */
export async function measureRestore(scene: Scene, contender: Contender): Promise<Restore> {
  await scene.untilDone(contender);
  await contender.stop();
  contender.dropLocalState();
  await contender.start();
  const noise = new NoiseWatch(scene.pidsFor(contender));
  const assignedToReadyMs = await contender.ready();
  const othersShare = noise.othersShare();
  const { residentMb } = memoryOf(contender.pid());
  return { assignedToReadyMs, residentMb, othersShare };
}
