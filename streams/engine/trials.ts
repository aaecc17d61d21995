/**
 * The trials of the partitions of one process (see `Trial`): who is under suspicion and goes alone, what is noted at the committed
 * offsets before anything is processed, and who is given up.
 */
import { annotate, type CommitPorts } from './commit.ts';
import type { AnnotatedOffset, Assignment } from './ports.ts';
import type { Task } from './task.ts';
import type { TransactionalState } from './topology.ts';
import { DEATHS_MAX, Trial } from './trial.ts';

export type TrialOptions = CommitPorts & {
  /** The input topic, for messages. */
  readonly source: string;
};

/** The pause after a note could not be written, and the most that taking notes back may hold up the end of the process. */
const NOTE_PAUSE_MS = 100;
const WITHDRAW_WITHIN_MS = 1_000;

export class Trials<State extends TransactionalState> {
  readonly #options: TrialOptions;
  readonly #trials = new Map<number, Trial>();

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /** The trial of a partition that is taken over with this note. It goes on where only a transaction of this life has failed. */
  of(partition: number, note: string): Trial {
    const known = this.#trials.get(partition);
    const trial = known?.wrote(note) ? known : new Trial(note);
    this.#trials.set(partition, trial);
    return trial;
  }

  /**
   * The one of these tasks that must be processed alone; undefined if all may go together. The least suspicious goes first, so that the
   * innocent are cleared before the process dies once more. Gives up those of which enough have died.
   */
  suspectOf(waiting: readonly Task<State>[]): Task<State> | undefined {
    for (const task of waiting) if (task.trial.isLost) this.#giveUp(task);
    const suspects = waiting.filter(({ trial }) => trial.isSuspect && !trial.isLost);
    return suspects.toSorted((a, b) => a.trial.deaths - b.trial.deaths)[0];
  }

  /**
   * Sees to it that whoever comes after this process would know where it died. Null if there is nothing to note; else a promise of
   * whether it was: false if that cannot be written now, and then nothing may be processed.
   */
  note(tasks: readonly Task<State>[], assignment: Assignment): Promise<boolean> | null {
    const missing = tasks.filter(({ trial }) => trial.missingNote !== null && !trial.isLost);
    return missing.length === 0 ? null : this.#note(missing, assignment);
  }

  async #note(missing: readonly Task<State>[], assignment: Assignment): Promise<boolean> {
    const notes = notesOf(missing, ({ missingNote }) => missingNote);
    const isNoted = await annotate(notes, assignment, this.#options);
    if (isNoted) for (const { trial } of missing) trial.noted();
    else await this.#options.clock.sleep(NOTE_PAUSE_MS);
    return isNoted;
  }

  /**
   * These tasks were processed and the process lives: takes their notes back before the commit, so that a process that is killed from
   * outside, whenever that happens, leaves none. If that cannot be written the commit will tell why. Null if there are none.
   */
  survived(tasks: readonly Task<State>[], assignment: Assignment): Promise<void> | null {
    const noted = tasks.filter(({ trial }) => trial.formerNote !== null);
    return noted.length === 0 ? null : this.#takeBack(noted, assignment);
  }

  async #takeBack(noted: readonly Task<State>[], assignment: Assignment): Promise<void> {
    const notes = notesOf(noted, ({ formerNote }) => formerNote);
    if (await annotate(notes, assignment, this.#options)) for (const { trial } of noted) trial.takenBack();
  }

  /** This life ends, but not of a record: as far as that can be written quickly, nobody shall count it among the deaths. */
  async withdraw(tasks: readonly Task<State>[], assignment: Assignment | null): Promise<void> {
    const notes = notesOf(tasks, ({ formerNote }) => formerNote);
    if (notes.size === 0 || assignment === null) return;
    const { producer, observer, clock } = this.#options;
    const withdrawing = async () => {
      // What the end of this life has left open must not be committed together with the notes.
      await producer.end('abort');
      await producer.sendNotes(notes, assignment.identity);
      await producer.end('commit');
    };
    const isWithdrawn = withdrawing().catch((error: unknown) => {
      observer.retrying('taking back the notes of this life', error);
    });
    await Promise.race([isWithdrawn, clock.sleep(WITHDRAW_WITHIN_MS)]);
  }

  #giveUp(task: Task<State>): void {
    const { observer, source } = this.#options;
    task.pause = { reason: 'deadly-record', untilMs: Number.POSITIVE_INFINITY };
    const place = `${source}-${task.partition}`;
    observer.paused(task.partition, task.pause, new Error(lostMessage(place, task.committed)));
  }
}

function notesOf<State extends TransactionalState>(
  tasks: readonly Task<State>[],
  noteOf: (trial: Trial) => string | null,
): ReadonlyMap<number, AnnotatedOffset> {
  return new Map(
    tasks.flatMap(({ partition, committed, trial }) => {
      const note = noteOf(trial);
      return note === null ? [] : [[partition, { offset: committed, note }] as const];
    }),
  );
}

/** What an operator reads when a partition is given up. */
function lostMessage(place: string, offset: number): string {
  return (
    `${place} stands still: ${DEATHS_MAX} processes in a row have died of what begins at offset ${offset}, and nothing of it was published. ` +
    'The other partitions go on. Find out why in their last log lines and install a release that survives it. Then stop the processors, let Kafka ' +
    'forget the deaths by setting the offset of the group to where it is (kafka-consumer-groups.sh --reset-offsets --to-current --execute), and start them.'
  );
}
