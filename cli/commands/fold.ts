/**
 * `fluxo fold`: the production topology over a dump of the submissions topic, without Kafka and without a server. Values are
 * encoded to Avro and decoded again on the way, so what is judged here is what runs there; the size of the transactions is an
 * option because the results must not depend on it.
 */
import { openLocalCodecs, type TopicCodec } from '@fluxo/kafka';
import { PARTITIONS_DEFAULT, topics } from '@fluxo/schemas';
import { dailyBalanceTopology, type FoldInput, foldSubmissions } from '@fluxo/streams';
import type { Command } from 'commander';
import { examples, wholeNumber } from '../arguments.ts';
import { messageOf } from '../cli-error.ts';
import { type Input, type Line, openInput, readLines } from '../line-reader.ts';
import { countOf, type Progress, startProgress } from '../progress.ts';
import {
  encodeJsonForm,
  lineError,
  parseRecordLine,
  printRecordLine,
  type RecordLine,
} from '../record-line.ts';
import { ResultWriter } from '../result-writer.ts';
import type { Terminal } from '../terminal.ts';

const BATCH_RECORDS_DEFAULT = 1_000;
const BATCH_RECORDS_MAX = 1_000_000;
const PARTITIONS_MAX = 10_000;
const LINES_PER_WRITE = 500;

/** Stands for bytes that the dump does not carry and that nobody could decode: they begin with no magic byte. */
const UNDECODABLE = Buffer.from('not in the dump');

type FoldOptions = { readonly batch: number; readonly partitions: number; readonly raw?: true };

export function addFold(program: Command, terminal: Terminal): void {
  program
    .command('fold')
    .summary('judge a dump of submissions without any server')
    .description(
      'Runs the production topology over a dump of the submissions topic, in memory, and prints the ledger, the balances, the ' +
        'merchants and the rejections as dumps. Lines of other topics are skipped. A value that the dump shows as null counts as ' +
        'bytes that cannot be decoded.',
    )
    .argument('<dump>', 'file of JSON lines as `fluxo dump submissions` prints them; - for standard input')
    .option(
      '--raw',
      "add the bytes of every value, in base64, so that anybody can verify the ledger's hashes",
    )
    .option(
      '--batch <records>',
      'submissions in one transaction',
      wholeNumber({ from: 1, to: BATCH_RECORDS_MAX }),
      BATCH_RECORDS_DEFAULT,
    )
    .option(
      '--partitions <count>',
      'partitions of the topics the dump comes from',
      wholeNumber({ from: 1, to: PARTITIONS_MAX }),
      PARTITIONS_DEFAULT,
    )
    .addHelpText(
      'after',
      examples(
        'fluxo dump submissions > submissions.jsonl',
        'fluxo fold submissions.jsonl --batch 7 > outputs.jsonl',
      ),
    )
    .action((dump: string, options: FoldOptions) => fold(dump, options, terminal));
}

async function fold(path: string, options: FoldOptions, terminal: Terminal): Promise<void> {
  const codecs = await openLocalCodecs();
  const topology = dailyBalanceTopology({
    codecs,
    partitions: options.partitions,
  });
  const codecOf = new Map(Object.values(codecs).map((codec) => [codec.topic.name, codec]));
  const input = await openInput(path, terminal);
  const progress = startProgress(terminal, { label: 'fold', total: input.bytes, isPrinting: true });
  const out = new ResultWriter(terminal.stdout);
  const source = new DumpSource(input, codecs.submissions, options.partitions);
  try {
    let lines: string[] = [];
    for await (const record of foldSubmissions(topology, source.records(progress), {
      batchRecords: options.batch,
    })) {
      lines.push(printRecordLine(record, codecOf.get(record.topic) as TopicCodec, options.raw === true));
      if (lines.length < LINES_PER_WRITE) continue;
      await out.lines(lines);
      lines = [];
    }
    await out.lines(lines);
  } finally {
    progress.stop();
  }
}

/** The submissions of a dump as records of a log; refuses a dump whose offsets go back, for order is what is judged. */
class DumpSource {
  readonly #input: Input;
  readonly #codec: TopicCodec;
  readonly #partitions: number;
  readonly #nextOffsets = new Map<number, number>();

  constructor(input: Input, codec: TopicCodec, partitions: number) {
    this.#input = input;
    this.#codec = codec;
    this.#partitions = partitions;
  }

  async *records(progress: Progress): AsyncGenerator<FoldInput> {
    let count = 0;
    for await (const { lines, bytesRead } of readLines(this.#input)) {
      for (const line of lines) {
        const record = this.#recordOf(line);
        if (record === null) continue;
        yield record;
        count += 1;
      }
      progress.show({ done: bytesRead, count: countOf(count, 'submission') });
    }
  }

  /** Null for a line of another topic. */
  #recordOf(line: Line): FoldInput | null {
    try {
      const record = parseRecordLine(line.text);
      const isOther = record.topic !== undefined && record.topic !== topics.submissions.name;
      return isOther ? null : this.#inputOf(record);
    } catch (error) {
      throw lineError(this.#input.name, line, messageOf(error));
    }
  }

  #inputOf(line: RecordLine): FoldInput {
    const { partition, offset, timestamp: timestampMs } = line;
    if (partition === undefined || offset === undefined || timestampMs === undefined)
      throw new Error(
        'a dump has partition, offset and timestamp; lines for `fluxo submit` have not been through a log',
      );
    if (partition >= this.#partitions)
      throw new Error(`partition ${partition} does not exist among ${this.#partitions} (see --partitions)`);
    if (offset < (this.#nextOffsets.get(partition) ?? 0))
      throw new Error(`offset ${offset} of partition ${partition} comes after a higher one, or twice`);
    this.#nextOffsets.set(partition, offset + 1);
    const key = line.key === null ? null : Buffer.from(line.key);
    return { partition, record: { offset, timestampMs, key, value: this.#valueOf(line) } };
  }

  /**
   * A value that was decoded is encoded anew: its own bytes name a schema id of the registry it came from, which means nothing
   * here. Bytes that nobody could decode stay as they are, unless their id happens to mean something here.
   */
  #valueOf({ type, value, raw }: RecordLine): Uint8Array {
    if (type !== null) return encodeJsonForm(this.#codec, type, value);
    return raw === null || this.#codec.decode(raw).kind === 'record' ? UNDECODABLE : raw;
  }
}
