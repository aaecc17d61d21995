/**
 * What became of the requests of an open load, as figures. A request that was lost took longer than any that was answered: where so many
 * were lost that a percentile falls among them, it has no value, and is never that of the luckier ones.
 */
import { round } from '../statistics.ts';

export type Outcomes = {
  /** Of each request that was answered 200 or 304, from the moment it was due to the last byte; in any order. */
  readonly latenciesMs: Float64Array;
  /** Everything else: other statuses, broken connections, no answer in time. */
  readonly lost: number;
  /** Why, as far as there are different reasons: reason → how many. */
  readonly losses: Readonly<Record<string, number>>;
  /** Requests whose connection broke and that another process was asked for instead, whatever it answered. */
  readonly repeated: number;
  /** How late requests were sent, because the load generator itself did not come to it: 99th percentile. */
  readonly sentLateP99Ms: number;
};

export type Figures = {
  readonly requests: number;
  readonly lost: number;
  readonly losses: Readonly<Record<string, number>>;
  readonly repeated: number;
  /** null: so many were lost that it lies among them. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly worstMs: number | null;
  readonly sentLateP99Ms: number;
};

export function figuresOf({ latenciesMs, lost, losses, repeated, sentLateP99Ms }: Outcomes): Figures {
  const sorted = latenciesMs.toSorted();
  const requests = sorted.length + lost;
  const at = (share: number): number | null => {
    const value = sorted[Math.min(requests - 1, Math.floor(requests * share))];
    return value === undefined ? null : round(value);
  };
  return {
    requests,
    lost,
    losses,
    repeated,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    worstMs: at(1),
    sentLateP99Ms: round(sentLateP99Ms),
  };
}

/** What counts as keeping up: at most one request in a thousand lost, and 99 of 100 answered within this. */
const KEEPS_UP_LOSS_MAX = 0.001;
const KEEPS_UP_P99_MS = 100;

export function keepsUp({ requests, lost, p99Ms }: Figures): boolean {
  return lost <= requests * KEEPS_UP_LOSS_MAX && p99Ms !== null && p99Ms <= KEEPS_UP_P99_MS;
}
