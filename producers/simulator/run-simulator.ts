/**
 * Plays a simulation into a till producer at a rate: first every merchant's configuration, then submissions as evenly as the
 * clock allows. It waits when the spool fills because Kafka does not answer, and it never catches up on what it missed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Accepted, TillProducer } from '../till-producer.ts';
import type { SimulatedSubmission, Simulation } from './simulation.ts';

export type SimulatorOptions = {
  readonly till: TillProducer;
  readonly simulation: Simulation;
  /** Submissions a second, on average. */
  readonly ratePerSecond: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
  /** All configurations are acknowledged; submissions follow. */
  readonly onReady?: () => void;
  readonly onSubmitted?: (type: SimulatedSubmission['type'] | 'configuration') => void;
};

const TICK_MS = 100;
/** A tick that comes late makes up for this long at most. */
const CATCH_UP_MS = 1_000;
const PENDING_MAX = 100_000;

/** Resolves when the signal ends it and everything begun is accepted. Fails when the till does. */
export async function runSimulator(options: SimulatorOptions): Promise<void> {
  const { till, simulation, ratePerSecond, signal, onSubmitted } = options;
  await Promise.all(simulation.merchants.map(({ configuration }) => till.configure(configuration)));
  for (let n = simulation.merchants.length; n > 0; n -= 1) onSubmitted?.('configuration');
  await Promise.race([till.flush(), aborted(signal)]);
  if (!signal.aborted) options.onReady?.();
  let [lastMs, owed] = [Date.now(), 0];
  while (!signal.aborted) {
    const nowMs = Date.now();
    owed += (Math.min(nowMs - lastMs, CATCH_UP_MS) * ratePerSecond) / 1_000;
    lastMs = nowMs;
    const count = till.pending > PENDING_MAX ? 0 : Math.floor(owed);
    owed -= Math.floor(owed);
    const batch = Array.from({ length: count }, () => simulation.next(nowMs));
    await Promise.all(batch.map((each) => submit(till, each)));
    for (const each of batch) onSubmitted?.(each.type);
    await sleep(TICK_MS, undefined, { signal }).catch(() => {});
  }
}

function submit(till: TillProducer, submission: SimulatedSubmission): Promise<Accepted> {
  switch (submission.type) {
    case 'entry':
      return till.entry(submission.value);
    case 'transfer':
      return till.transfer(submission.value);
    case 'reversal':
      return till.reversal(submission.value);
    case 'dayClose':
      return till.closeDay(submission.value);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
