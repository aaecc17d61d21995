/**
 * What is measured, as the measuring code sees it: one or more processes that read an input topic as a group and publish a record
 * for every entry they post. Everything is measured from outside, by the same code for ours and for a rival.
 */
import type { EntrySubmitted } from '@fluxo/schemas';

export interface Measured {
  /** As it stands beside its figures. */
  readonly name: string;
  readonly groupId: string;
  /** Where its entries come in, and where one record for each posted entry comes out. */
  readonly inputTopic: string;
  readonly postedTopic: string;
  /** Starts the processes; resolves when there are any. They may not be ready for long. */
  start(): Promise<void>;
  /** Their process ids; throws when one does not run. */
  pids(): readonly number[];
  /** SIGKILL; resolves when they are gone. */
  kill(): Promise<void>;
  /** Graceful; resolves when they are gone. */
  stop(): Promise<void>;
  /** Stopped, loses what is stored on this machine, so that the state must come back from the cluster. */
  dropLocalState(): void;
  /** Resolves when it is ready for new entries, with the time from its assignment to there, milliseconds. */
  ready(): Promise<number>;
  /** An entry as it wants it, and the id of an entry in a record of `postedTopic` (null: another record). */
  encode(entry: EntrySubmitted): Buffer;
  postedEntryId(value: Uint8Array): string | null;
}
