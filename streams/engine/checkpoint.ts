/**
 * A checkpoint of a partition: what one restore step has rebuilt, kept on this machine, with the place in the logs that it stands
 * for. A restore may load it and read the step's topic from there on, instead of from its usual start. It is a copy of what the
 * topics say and never more than that: who has none, or one that is not trusted, rebuilds the same from the topics alone.
 *
 * It is trusted only if everything agrees: it was written completely (the store's word), by a program that means the same by its
 * contents, for these very topics and this partition, from results that are committed now, at a place the log still has; and if
 * the topology finds nothing wrong when it has read on from there (reliability.md section 2, rule 2).
 */
import type { PartitionReader } from './ports.ts';
import type { RestoreStep, Topology, TransactionalState } from './topology.ts';

/** Keeps checkpoints, one per partition. */
export interface CheckpointStore {
  /**
   * Puts these blocks in place of the partition's checkpoint and says how many bytes they are. Atomic and durable: whenever the
   * process or the machine dies, `read` finds these blocks or the ones before. Fails if it cannot, or with what `blocks` throws.
   */
  write(partition: number, blocks: Iterable<Uint8Array>): Promise<number>;
  /**
   * The blocks as they were written; none if there is no checkpoint. Fails where they are not what was written, at the end at the
   * latest: then whatever came of those before must be thrown away. A block is only lent until the next one is asked for.
   */
  read(partition: number): AsyncIterable<Uint8Array>;
  /** Takes the partition's checkpoint away, if there is one. */
  remove(partition: number): Promise<void>;
}

/** What a checkpoint stands for; its first block. */
export type Mark = {
  /** Of the contents: see `Checkpointed.format`. */
  readonly format: string;
  readonly partition: number;
  /** Ids of the step's topic and of the input topic: one that was deleted and made again is another one. */
  readonly topicIds: readonly string[];
  /** Every record of the step's topic before this offset that is or will be committed is in the contents. */
  readonly offset: number;
  /** The committed input offset whose results the contents are. */
  readonly position: number;
};

/** The restore step whose work is kept, if there is one. */
export function checkpointedStep<State extends TransactionalState>(
  topology: Topology<State>,
): KeptStep<State> | undefined {
  return topology.restore.find((step): step is KeptStep<State> => step.checkpoint !== undefined);
}

export type KeptStep<State> = RestoreStep<State> & Required<Pick<RestoreStep<State>, 'checkpoint'>>;

/** Ids of the topics a checkpoint depends on, in the order of `Mark.topicIds`. */
export async function topicIdsOf<State extends TransactionalState>(
  topology: Topology<State>,
  step: KeptStep<State>,
  reader: PartitionReader,
): Promise<readonly string[]> {
  return Promise.all([step.topic, topology.source].map((topic) => reader.topicId(topic)));
}

/** The blocks of a checkpoint. */
export function* blocksOf(mark: Mark, contents: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield new TextEncoder().encode(JSON.stringify(mark));
  yield* contents;
}

export type OpenCheckpoint = {
  readonly mark: Mark;
  readonly contents: AsyncIterable<Uint8Array>;
  /** Called in any case, also when the contents were not read to their end. */
  close(): Promise<void>;
};

/** A stored checkpoint, its contents still to be read; null if there is none. Fails like `CheckpointStore.read`. */
export async function openCheckpoint(
  store: CheckpointStore,
  partition: number,
): Promise<OpenCheckpoint | null> {
  const blocks = store.read(partition)[Symbol.asyncIterator]();
  const first = await blocks.next();
  if (first.done === true) return null;
  const mark = JSON.parse(new TextDecoder().decode(first.value)) as Mark;
  const close = async (): Promise<void> => void (await blocks.return?.());
  return { mark, contents: { [Symbol.asyncIterator]: () => blocks }, close };
}

/** Why a checkpoint with this mark is not trusted; undefined: nothing speaks against it so far. */
export function objectionTo(
  mark: Mark,
  now: Omit<Mark, 'offset' | 'position'> & { readonly committed: number | null },
): string | undefined {
  if (mark.format !== now.format)
    return `its contents have the form ${JSON.stringify(mark.format)}, not ${JSON.stringify(now.format)}`;
  if (mark.partition !== now.partition) return `it is of partition ${mark.partition}`;
  if (mark.topicIds.join() !== now.topicIds.join())
    return 'it is of other topics of the same names: they were deleted and made again';
  if (now.committed === null || now.committed < mark.position)
    return `it holds results up to input offset ${mark.position}, but the group has committed ${now.committed ?? 'none'}: its offsets were set back`;
  return undefined;
}
