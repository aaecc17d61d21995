/**
 * Follows a topic: from chosen places on, all partitions at once, what is committed, and what comes as it comes. Order holds within each
 * partition. Schemas that appear meanwhile are learnt; a registry that does not answer is said once and ends nothing: what cannot
 * be decoded then is shown as such.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { messageOf } from './cli-error.ts';
import type { PlacedRecord } from './shown-record.ts';
import type { StackKafka } from './stack-connection.ts';
import { note, type Terminal } from './terminal.ts';

/** How long a question to the brokers stays open, and so how soon Ctrl-C is noticed. */
const WAIT_MS = 500;

export type FollowOptions = {
  readonly codec: TopicCodec;
  /** Partition → the offset to begin at. */
  readonly from: ReadonlyMap<number, number>;
  /** Partition → the offset to end at; null: never. */
  readonly to: ReadonlyMap<number, number> | null;
  readonly terminal: Terminal;
};

/** Yields what each answer of the brokers brought; ends at `to`, or with what the terminal's signal throws. */
export async function* followTopic(
  kafka: StackKafka,
  { codec, from, to, terminal }: FollowOptions,
): AsyncGenerator<readonly PlacedRecord[]> {
  const { name } = codec.topic;
  const schemas = new SchemaLearner(codec, terminal);
  const positions = new Map(from);
  for (;;) {
    terminal.signal.throwIfAborted();
    drop(positions, to);
    if (positions.size === 0) return;
    for (const { partition, records, nextOffset } of await kafka.reader.fetch(
      new Map([[name, positions]]),
      WAIT_MS,
    )) {
      const end = to?.get(partition) ?? Number.POSITIVE_INFINITY;
      const placed = records.filter(({ offset }) => offset < end).map((record) => ({ partition, record }));
      await schemas.learn(placed);
      positions.set(partition, nextOffset);
      if (placed.length > 0) yield placed;
    }
  }
}

/** Takes away the partitions that have been read to their end. */
function drop(positions: Map<number, number>, to: ReadonlyMap<number, number> | null): void {
  if (to === null) return;
  for (const [partition, position] of positions)
    if (position >= (to.get(partition) ?? 0)) positions.delete(partition);
}

class SchemaLearner {
  readonly #codec: TopicCodec;
  readonly #terminal: Terminal;
  /** Asked for and not found: asking again for each record would be a request for each record. */
  readonly #missing = new Set<number>();

  constructor(codec: TopicCodec, terminal: Terminal) {
    this.#codec = codec;
    this.#terminal = terminal;
  }

  async learn(placed: readonly PlacedRecord[]): Promise<void> {
    const unknown = this.#codec.unknownSchemas(placed.map(({ record }) => record.value));
    const fresh = [...unknown].filter((id) => !this.#missing.has(id));
    if (fresh.length === 0) return;
    for (const id of fresh) this.#missing.add(id);
    try {
      await this.#codec.refresh();
    } catch (error) {
      note(this.#terminal, `fluxo: New schemas cannot be learnt: ${messageOf(error)}`);
    }
  }
}
