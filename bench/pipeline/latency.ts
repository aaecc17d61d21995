/**
 * How long an entry takes from the moment it is due at the till until a read_committed consumer sees it posted. Open model:
 * entry k is due at k / rate, whatever became of those before it, so that a stall counts for all it holds up. The same
 * driver, in this process, for every subject: what it costs itself is in all figures alike.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntrySubmitted } from '@fluxo/schemas';
import { NoiseWatch } from '../process-usage.ts';
import { percentile } from '../statistics.ts';
import type { Measured } from './measured.ts';
import type { Scene } from './scene.ts';

export type LatencyPlan = {
  /** Entries per second. */
  readonly rate: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** The n-th entry to send, as if it happened now. */
  readonly entryAt: (n: number, nowMs: number) => EntrySubmitted;
};

export type Latency = {
  readonly samples: number;
  /** Entries not seen seconds after the last was sent: the subject cannot keep up. They count with the time they have taken so far. */
  readonly missing: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly othersShare: number;
};

const TICK_MS = 1;
const FETCH_WAIT_MS = 50;
/** How long one waits for the last entries. */
const TAIL_MS = 5_000;

export async function measureLatency(scene: Scene, subject: Measured, plan: LatencyPlan): Promise<Latency> {
  const due = new Map<string, number>();
  const measured = new Set<string>();
  const samples: number[] = [];
  const follower = await follow(scene, subject, (entryId) => {
    const dueMs = due.get(entryId);
    if (dueMs === undefined || !due.delete(entryId) || !measured.delete(entryId)) return;
    samples.push(performance.now() - dueMs);
  });
  const noise = new NoiseWatch(scene.pidsFor(subject));
  await drive(scene, subject, plan, (entryId, dueMs, isMeasured) => {
    if (due.has(entryId)) return;
    due.set(entryId, dueMs);
    if (isMeasured) measured.add(entryId);
  });
  const othersShare = noise.othersShare();
  const deadline = performance.now() + TAIL_MS;
  while (measured.size > 0 && performance.now() < deadline) await sleep(20);
  const stillDue = [...measured].map((entryId) => performance.now() - (due.get(entryId) ?? 0));
  await follower.stop();
  const sorted = [...samples, ...stillDue].toSorted((a, b) => a - b);
  return {
    samples: sorted.length,
    missing: stillDue.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    othersShare,
  };
}

/** Sends what is due, a batch at a time, as soon as the batch before is acknowledged. */
async function drive(
  scene: Scene,
  subject: Measured,
  { rate, warmUpMs, measuredMs, entryAt }: LatencyPlan,
  onDue: (entryId: string, dueMs: number, isMeasured: boolean) => void,
): Promise<void> {
  const startedMs = performance.now();
  const total = Math.floor(((warmUpMs + measuredMs) * rate) / 1_000);
  for (let sent = 0; sent < total; ) {
    const dueBy = Math.min(total, Math.floor(((performance.now() - startedMs) * rate) / 1_000));
    const nowMs = Date.now();
    const entries = Array.from({ length: dueBy - sent }, (_, n) => entryAt(sent + n, nowMs));
    for (const [n, { entryId }] of entries.entries()) {
      const afterMs = ((sent + n) * 1_000) / rate;
      onDue(entryId, startedMs + afterMs, afterMs >= warmUpMs);
    }
    sent = dueBy;
    await scene.send(subject, entries);
    await sleep(TICK_MS);
  }
}

type Follower = { readonly stop: () => Promise<void> };

/** Reads what the subject posts from now on, read_committed. */
async function follow(
  scene: Scene,
  subject: Measured,
  onPosted: (entryId: string) => void,
): Promise<Follower> {
  const topic = subject.postedTopic;
  const positions = new Map((await scene.ends(topic)).map((end, partition) => [partition, end]));
  let isStopped = false;
  const running = (async () => {
    while (!isStopped)
      for (const { partition, records, nextOffset } of await scene.reader.fetch(
        new Map([[topic, positions]]),
        FETCH_WAIT_MS,
      )) {
        positions.set(partition, nextOffset);
        for (const { value } of records) {
          const entryId = value === null ? null : subject.postedEntryId(value);
          if (entryId !== null) onPosted(entryId);
        }
      }
  })();
  return {
    stop: () => {
      isStopped = true;
      return running;
    },
  };
}
