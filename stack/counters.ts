/**
 * What flows through a running stack right now, for a line on the terminal: read from the metrics that the processes serve
 * anyway. A process that does not answer counts as nothing; figures are for looking at, not for deciding.
 */
import { portOffsets } from './addresses.ts';
import type { Place } from './place.ts';
import { INSTANCES_MAX } from './services.ts';

export type Counters = {
  /** Submissions folded since the processors started. */
  readonly submissions: number;
  /** Records they published: ledger, balances, merchants, rejections. */
  readonly published: number;
  /** When this was read, on a monotonic clock, milliseconds. */
  readonly atMs: number;
};

const ANSWER_WITHIN_MS = 1_000;

/** Sums over all processors of the stack. */
export async function readCounters(place: Place, names: ReadonlySet<string>): Promise<Counters> {
  const numbers = Array.from({ length: INSTANCES_MAX }, (_, index) => index + 1);
  const ports = numbers
    .filter((number) => names.has(`streams-${number}`))
    .map((number) => place.portBase + portOffsets.streams + number);
  const texts = await Promise.all(ports.map(readMetrics));
  const sum = (metric: string) => texts.reduce((total, text) => total + metricIn(text, metric), 0);
  return {
    submissions: sum('fluxo_streams_processed_records_total'),
    published: sum('fluxo_streams_published_records_total'),
    atMs: performance.now(),
  };
}

/** Per second; 0 when a processor was restarted in between and its counters began again. */
export function perSecond(before: Counters, now: Counters, field: 'submissions' | 'published'): number {
  const seconds = (now.atMs - before.atMs) / 1_000;
  return seconds <= 0 ? 0 : Math.max(0, (now[field] - before[field]) / seconds);
}

/** The value of a metric without labels in Prometheus' text format; 0 if it is not there. */
export function metricIn(text: string, metric: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${metric} `));
  return line === undefined ? 0 : Number(line.slice(metric.length + 1));
}

async function readMetrics(port: number): Promise<string> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return await response.text();
  } catch {
    return '';
  }
}
