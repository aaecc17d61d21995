/**
 * One of the two that are compared, as the bench sees it: a process that reads its input topic as a group and publishes a
 * record for every entry it posts. Everything that is measured is measured from outside, by the same code for both.
 */
import type { EntrySubmitted } from '@fluxo/schemas';

export interface Contender {
  /** As it stands beside its figures. */
  readonly name: string;
  readonly groupId: string;
  /** Where its entries come in, and where one record for each posted entry comes out. */
  readonly inputTopic: string;
  readonly postedTopic: string;
  /** Makes outputs, group and local state as if it had never run. Its input stays. */
  forget(): Promise<void>;
  /** Starts the process; resolves when there is one. It may not be ready for long. */
  start(): Promise<void>;
  /** Process id; throws when it does not run. */
  pid(): number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Graceful; resolves when the process is gone. */
  stop(): Promise<void>;
  /** Stopped, loses what it has stored on this machine, so that its state must come back from the cluster. */
  dropLocalState(): void;
  /** Resolves when it is ready for new entries, with the time from its assignment to there, milliseconds. */
  ready(): Promise<number>;
  /** An entry as it wants it, and the id of an entry in a record of `postedTopic` (null: another record). */
  encode(entry: EntrySubmitted): Buffer;
  postedEntryId(value: Uint8Array): string | null;
}
