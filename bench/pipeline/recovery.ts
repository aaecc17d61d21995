/**
 * What a subject needs to go on: after kill -9 in the middle of its work, and when it takes over partitions whose state is
 * only in the cluster.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntrySubmitted } from '@fluxo/schemas';
import { memoryOf, NoiseWatch } from '../process-usage.ts';
import type { Measured } from './measured.ts';
import { type Scene, sum } from './scene.ts';

export type Recovery = { readonly killToProgressMs: number; readonly othersShare: number };

/** It is killed this long after work came in, so that it is busy. */
const INTO_WORK_MS = 60;
const LOOK_MS = 5;

/**
 * Kills the subject while it works, starts it again at once, and waits until something is committed that came in only after
 * the kill: a commit that was under way when it died does not count.
 */
export async function measureRecovery(
  scene: Scene,
  subject: Measured,
  entries: { readonly before: readonly EntrySubmitted[]; readonly after: readonly EntrySubmitted[] },
): Promise<Recovery> {
  await scene.send(subject, entries.before);
  await sleep(INTO_WORK_MS);
  await subject.kill();
  const killedMs = performance.now();
  const ends = await scene.ends(subject.inputTopic);
  await scene.send(subject, entries.after);
  await subject.start();
  const noise = new NoiseWatch(scene.pidsFor(subject));
  await scene.until(subject, LOOK_MS, (committed) =>
    committed.some((offset, partition) => offset > (ends[partition] ?? 0)),
  );
  const killToProgressMs = performance.now() - killedMs;
  const othersShare = noise.othersShare();
  await subject.ready();
  return { killToProgressMs, othersShare };
}

export type Restore = {
  readonly assignedToReadyMs: number;
  readonly residentMb: number;
  readonly othersShare: number;
};

/** Stops the subject when it has done everything, takes its local state away, and starts it again. */
export async function measureRestore(scene: Scene, subject: Measured): Promise<Restore> {
  await scene.untilDone(subject);
  await subject.stop();
  subject.dropLocalState();
  await subject.start();
  const noise = new NoiseWatch(scene.pidsFor(subject));
  const assignedToReadyMs = await subject.ready();
  const othersShare = noise.othersShare();
  const residentMb = sum(subject.pids().map((pid) => memoryOf(pid).residentMb));
  return { assignedToReadyMs, residentMb, othersShare };
}
