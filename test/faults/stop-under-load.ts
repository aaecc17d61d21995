/**
 * Asks an API to go (SIGTERM) while it is called without a pause, and says how it went: every answer that callers got until nobody listened
 * any more, what it said of its readiness meanwhile, and whether it ended by itself.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFile } from '../../stack/place.ts';
import type { TestStack } from '../../testing/stacks.ts';

/** One call to the API. */
export type Call = () => Promise<Response>;

/** How long an API announces that it is going (FLUXO_DRAIN_MS): long enough for a slow machine to see it. */
export const announcedFor = { FLUXO_DRAIN_MS: '3000' } as const;

const CALLERS = 8;
const PAUSE_MS = 10;

export type Stopped = {
  /** Answers by status; `cut`: a connection broke under a call. */
  readonly statuses: ReadonlyMap<number | 'cut', number>;
  /** What `/readyz` said, one after the other, without repetitions. */
  readonly readiness: readonly number[];
  /** It said that it had stopped, as it does when it has drained. */
  readonly hasDrained: boolean;
  readonly seconds: number;
};

export async function stopUnderLoad(
  stack: TestStack,
  service: { readonly name: string; readonly origin: string },
  call: Call,
): Promise<Stopped> {
  const statuses = new Map<number | 'cut', number>();
  const note = (status: number | 'cut') => void statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const readiness: number[] = [];
  const callers = [
    ...Array.from({ length: CALLERS }, () => untilNobodyListens(call, note)),
    untilNobodyListens(
      () => fetch(`${service.origin}/readyz`),
      (status) => {
        if (status !== 'cut' && status !== readiness.at(-1)) readiness.push(status);
      },
    ),
  ];
  while ((statuses.values().next().value ?? 0) < CALLERS || readiness.length === 0) await sleep(PAUSE_MS);
  const stops = stopsOf(stack, service.name);
  const sinceMs = performance.now();
  await stack.stop(service.name);
  const seconds = (performance.now() - sinceMs) / 1_000;
  await Promise.all(callers);
  return { statuses, readiness, hasDrained: stopsOf(stack, service.name) === stops + 1, seconds };
}

async function untilNobodyListens(call: Call, note: (status: number | 'cut') => void): Promise<void> {
  for (;;) {
    try {
      const answer = await call();
      await answer.arrayBuffer();
      note(answer.status);
    } catch (error) {
      if (codeOf(error) === 'ECONNREFUSED') return;
      note('cut');
    }
    await sleep(PAUSE_MS);
  }
}

function codeOf(error: unknown): string | undefined {
  return ((error as Error).cause as { readonly code?: string } | undefined)?.code;
}

function stopsOf(stack: TestStack, name: string): number {
  return readFileSync(logFile(stack.place, name), 'utf8').split('"stopped"').length - 1;
}
