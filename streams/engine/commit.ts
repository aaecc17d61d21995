/**
 * All of exactly-once, in one file. One transaction carries what the tasks published and how far they read (KIP-447), in
 * four plain phases:
 *
 *   1. the input positions open the transaction;
 *   2. the outputs join it;
 *   3. the coordinator commits it;
 *   4. the tasks forget how to go back.
 *
 * The positions come first because the transaction before may not be complete yet: a coordinator of offsets says so at once,
 * and the question is repeated within milliseconds, where a broker of outputs keeps the request and asks for itself, every 20 ms
 * by default (KAFKA-18654).
 *
 * Whatever fails before the coordinator's yes has arrived is settled in one way (reliability.md section 2, rule 1): is our
 * place in the group still ours? Then a new producer, which fences the old one and ends what it left open; then the committed
 * offsets, read with require_stable, say whether the transaction happened. They decide: all of it did (phase 4), none of it did
 * (roll back, process again), or the partitions may no longer be ours (roll back; the caller joins the group again). Nothing
 * is ever sent a second time on a producer whose state is unknown.
 *
 * Where a request stayed without an answer the broker may have died, and offsets and outputs are only as consistent as it left
 * them: a broker of Kafka 4.3 can forget to end a transaction in some partitions (reliability.md section 6). There the outcome is
 * 'doubtful' to the caller, who restores: a restore waits for every open transaction and refuses results beyond the offsets.
 */
import { type FailureCode, failureCodeOf } from './errors.ts';
import type { CommitOutcome, EngineObserver } from './observer.ts';
import type { Outbox } from './outbox.ts';
import type {
  AnnotatedOffset,
  Assignment,
  Clock,
  CommittedOffset,
  InputGroup,
  TransactionalProducer,
} from './ports.ts';
import type { Task } from './task.ts';
import type { TransactionalState } from './topology.ts';

export type Transaction<State extends TransactionalState> = {
  readonly tasks: readonly Task<State>[];
  readonly outbox: Outbox;
  readonly assignment: Assignment;
};

export type CommitPorts = {
  readonly producer: TransactionalProducer;
  readonly group: InputGroup;
  readonly clock: Clock;
  readonly observer: EngineObserver;
  /** True once the process is to end: then finding out what became of a transaction is left to the next start. */
  readonly isStopping: () => boolean;
};

/** Pause between two attempts to find out what became of a transaction. */
const SETTLE_RETRY_MS = 200;

export async function commit<State extends TransactionalState>(
  transaction: Transaction<State>,
  ports: CommitPorts,
): Promise<CommitOutcome> {
  try {
    await ports.producer.sendOffsets(positionsOf(transaction), transaction.assignment.identity);
    await ports.producer.produce(transaction.outbox.records);
    await ports.producer.end('commit');
  } catch (error) {
    return settle(transaction, ports, error);
  }
  for (const task of transaction.tasks) task.commit();
  return 'committed';
}

/**
 * Leaves notes at committed offsets, in a transaction that holds nothing else. False if they may not be there: then the producer is as new,
 * and whether this is still our place in the group the next commit will tell.
 */
export async function annotate(
  notes: ReadonlyMap<number, AnnotatedOffset>,
  assignment: Assignment,
  ports: CommitPorts,
): Promise<boolean> {
  try {
    await ports.producer.sendNotes(notes, assignment.identity);
    await ports.producer.end('commit');
    return true;
  } catch (error) {
    const cause = failureCodeOf(error);
    if (cause === undefined) throw error;
    ports.observer.retrying('leaving a note at the committed offsets', error);
    await renewAndReadCommitted(assignment, ports, { cause, error });
    return false;
  }
}

function positionsOf<State extends TransactionalState>(
  transaction: Transaction<State>,
): ReadonlyMap<number, number> {
  return new Map(transaction.tasks.map((task) => [task.partition, task.position]));
}

/** Finds out what became of a transaction that failed, and brings the tasks to it. */
async function settle<State extends TransactionalState>(
  transaction: Transaction<State>,
  ports: CommitPorts,
  error: unknown,
): Promise<CommitOutcome> {
  const cause = failureCodeOf(error);
  if (cause === undefined) throw error;
  const committed = await renewAndReadCommitted(transaction.assignment, ports, { cause, error });
  const outcome = outcomeOf(transaction, committed, cause);
  for (const task of transaction.tasks) {
    if (outcome === 'committed') task.commit();
    else task.rollback();
  }
  ports.observer.settled({ cause, outcome, error });
  return cause === 'outcome-unknown' ? 'doubtful' : outcome;
}

type Failed = { readonly cause: FailureCode; readonly error: unknown };

/**
 * The committed offsets as a new producer finds them; none if the membership is lost. Repeats until the cluster answers: there
 * is nothing else to do without an answer, and it must not be guessed. A new producer fences whoever uses our transactional
 * id, so the group is asked first: a process that was replaced under its own name must not fence its replacement.
 */
async function renewAndReadCommitted(
  assignment: Assignment,
  ports: CommitPorts,
  { cause, error }: Failed,
): Promise<ReadonlyMap<number, CommittedOffset>> {
  while (!ports.isStopping()) {
    try {
      const isMember = await isStillMember(assignment, ports.group);
      if (cause === 'producer-fenced' && !isMember) throw error;
      await ports.producer.init();
      return isMember ? await ports.group.committed(assignment) : new Map();
    } catch (failure) {
      const code = failureCodeOf(failure);
      if (code === 'stale-generation') return new Map();
      if (code === undefined || code === 'producer-fenced') throw failure;
      ports.observer.retrying(`settling a transaction after ${cause}`, failure);
      await ports.clock.sleep(SETTLE_RETRY_MS);
    }
  }
  return new Map();
}

async function isStillMember({ identity }: Assignment, group: InputGroup): Promise<boolean> {
  try {
    await group.assertMember(identity);
    return true;
  } catch (error) {
    if (failureCodeOf(error) === 'stale-generation') return false;
    throw error;
  }
}

function outcomeOf<State extends TransactionalState>(
  { tasks }: Transaction<State>,
  committed: ReadonlyMap<number, CommittedOffset>,
  cause: FailureCode,
): CommitOutcome {
  if (tasks.every((task) => committed.get(task.partition)?.offset === task.position)) return 'committed';
  const isUntouched = tasks.every((task) => {
    const offset = committed.get(task.partition)?.offset;
    return offset === null || offset === task.committed;
  });
  return isUntouched && cause !== 'stale-generation' ? 'rolled-back' : 'membership-lost';
}
