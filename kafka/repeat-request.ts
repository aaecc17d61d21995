/**
 * Repeating a request that the cluster refuses for now: with pauses, with a fresh look at who is in charge where the answer
 * demands it, and with a limit. Only refusals that are certain to have had no effect are repeated (`error-codes.ts`), and
 * requests that were never sent. What was sent and not answered is thrown on: what that means is for the caller to say.
 */
import type { Clock } from './clock.ts';
import { kafkaErrors, nameOfError, type ReactingRequest, reactionTo } from './error-codes.ts';
import { KafkaFailure, type KafkaFailureCode } from './kafka-failure.ts';
import { TransportFailure } from './requests.ts';
import { RetryBudget, type RetryLimits } from './retry-budget.ts';

type Repetition = {
  readonly request: ReactingRequest;
  readonly clock: Clock;
  readonly limits: RetryLimits;
  /** One attempt; resolves with the error codes in its answer. */
  readonly attempt: () => Promise<readonly number[]>;
  /** Forgets who is in charge, so that the next attempt asks. */
  readonly refresh: () => void;
  /** What it means to have tried for as long as the limits allow; `transaction-pending` where one was in the way. */
  readonly exhausted: KafkaFailureCode;
};

/** Resolves when an attempt was answered without any error left to react to. */
export async function repeatRequest(repetition: Repetition): Promise<void> {
  const { request, clock, limits, attempt, refresh, exhausted } = repetition;
  const budget = new RetryBudget(clock, limits);
  for (;;) {
    const pending = (await attempt()).filter((errorCode) => reactionTo(request, errorCode) !== 'done');
    const [first] = pending;
    if (first === undefined) return;
    for (const errorCode of pending) {
      const reaction = reactionTo(request, errorCode);
      if (reaction === 'refresh') refresh();
      else if (reaction !== 'retry') throw failureFor(request, errorCode, reaction as KafkaFailureCode);
    }
    const isPending = pending.includes(kafkaErrors.UNSTABLE_OFFSET_COMMIT);
    await budget.pause(() => failureFor(request, first, isPending ? 'transaction-pending' : exhausted));
  }
}

/** Runs `send`; a broker that could not even be reached counts as one that is not available. */
export async function orUnavailable(
  send: () => Promise<readonly number[]>,
  errorCode: number = kafkaErrors.COORDINATOR_NOT_AVAILABLE,
): Promise<readonly number[]> {
  try {
    return await send();
  } catch (failure) {
    if (failure instanceof TransportFailure && failure.kind === 'not-sent') return [errorCode];
    throw failure;
  }
}

export function failureFor(request: string, errorCode: number, code: KafkaFailureCode): KafkaFailure {
  return new KafkaFailure(
    code,
    `The cluster answered ${request} with ${nameOfError(errorCode)}. ${advice[code]}`,
  );
}

const advice: Readonly<Record<KafkaFailureCode, string>> = {
  'producer-fenced':
    'Another process runs under the same instance name, or this one stood still for longer than its transaction may take. ' +
    'It must stop; give each process a name of its own and start it again.',
  'stale-generation': 'The group has given the partitions to others: join it again.',
  'transaction-aborted': 'The open transaction did not happen.',
  'outcome-unknown': 'Whether it took effect is unknown: init() again, then read the committed offsets.',
  'offset-out-of-range': 'The log does not have the position asked for.',
  'temporarily-unavailable': 'It may work later.',
  'transaction-pending':
    'A transaction over these offsets has neither been committed nor aborted for longer than any may last. Nobody can go on ' +
    'without knowing, so this process waits. If it lasts, it hangs: see "A transaction that hangs" in docs/reliability.md.',
  'unknown-topic': 'Create the topic first.',
  'topic-mismatch': 'The topic is not what the catalogue says.',
  refused:
    'It will not accept this, however often it is asked: look at authorization, limits and versions of the cluster.',
  'corrupt-log': 'Bytes were damaged on the broker or on the way.',
};
