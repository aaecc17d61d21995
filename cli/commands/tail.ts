/**
 * `fluxo tail`: a topic as it grows, decoded, with keys and headers: only what is committed, and what cannot be decoded is shown as such
 * and stops nothing. For looking; results to keep come from `fluxo dump`.
 */
import { partitionOf, type TopicDefinition, topics } from '@fluxo/schemas';
import type { Command } from 'commander';
import { examples, merchantIdNamed, topicNamed, wholeNumber } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { concernsMerchant } from '../merchant-filter.ts';
import { ResultWriter } from '../result-writer.ts';
import { type PlacedRecord, recordJson, recordText } from '../shown-record.ts';
import { StackKafka } from '../stack-connection.ts';
import { offsetOf, type StartingPoint, startingPoint } from '../starting-point.ts';
import type { Terminal } from '../terminal.ts';
import { type FollowOptions, followTopic } from '../topic-follower.ts';

const PARTITION_MAX = 9_999;
const RECORDS_MAX = 1_000_000_000;

type TailOptions = {
  readonly merchant?: string;
  readonly partition?: number;
  readonly from: StartingPoint;
  readonly number?: number;
  readonly follow: boolean;
  readonly json?: true;
};

export function addTail(program: Command, terminal: Terminal): void {
  program
    .command('tail')
    .summary('show a topic as it grows, decoded')
    .description(
      'Prints the committed records of a topic as they come, a line each: time, place (topic-partition@offset), key, [headers], type and ' +
        'value. A value that cannot be decoded is shown with the reason and its first bytes. Goes on until Ctrl-C, unless told where to end.',
    )
    .argument('<topic>', 'submissions, ledger, daily-balances, merchants or rejections', topicNamed)
    .option('--merchant <id>', 'only records of this merchant, by key or by value', merchantIdNamed)
    .option('--partition <number>', 'only this partition', wholeNumber({ from: 0, to: PARTITION_MAX }))
    .option(
      '--from <place>',
      'beginning, end, an offset (with --partition), an instant, or how long ago: 90s, 15m, 2h, 3d',
      startingPoint,
      { kind: 'end' },
    )
    .option('-n, --number <count>', 'end after so many records', wholeNumber({ from: 1, to: RECORDS_MAX }))
    .option('--no-follow', 'end where the topic ends now')
    .option('--json', 'a JSON object a line, as `fluxo dump` has it, with headers')
    .addHelpText(
      'after',
      examples(
        'fluxo tail submissions',
        'fluxo tail ledger --merchant sim-0001 --from 15m',
        'fluxo tail rejections --from beginning --no-follow --json',
        'fluxo tail daily-balances --partition 3 --from 1200 -n 10',
      ),
    )
    .action((topic: TopicDefinition, options: TailOptions) =>
      StackKafka.use(terminal, (kafka) => tail(kafka, { topic, options }, terminal)),
    );
}

type Wish = { readonly topic: TopicDefinition; readonly options: TailOptions };

async function tail(kafka: StackKafka, { topic, options }: Wish, terminal: Terminal): Promise<void> {
  const { merchant, number = Number.POSITIVE_INFINITY, json } = options;
  const follow = await followOptions(kafka, { topic, options }, terminal);
  const print = json === true ? recordJson : recordText;
  const out = new ResultWriter(terminal.stdout);
  let left = number;
  for await (const placed of followTopic(kafka, follow)) {
    const shown = placed.filter(isWanted(merchant, follow)).slice(0, left);
    await out.lines(shown.map((each) => print(each, follow.codec)));
    left -= shown.length;
    if (left <= 0) return;
  }
}

function isWanted(merchant: string | undefined, { codec }: FollowOptions): (placed: PlacedRecord) => boolean {
  if (merchant === undefined) return () => true;
  return ({ record }) => concernsMerchant(record, merchant, codec);
}

async function followOptions(
  kafka: StackKafka,
  { topic, options }: Wish,
  terminal: Terminal,
): Promise<FollowOptions> {
  const wanted = partitionsToRead(await kafka.partitionsOf(topic), { topic, options });
  // Ends before schemas: the codec then knows all that anything before these ends was written with.
  const to = options.follow ? null : await stableOffsets(kafka, topic, wanted);
  const nowMs = Date.now();
  const from = new Map<number, number>();
  for (const partition of wanted)
    from.set(partition, await offsetOf(options.from, { topic: topic.name, partition, nowMs }, kafka.reader));
  return { codec: await kafka.codecOf(topic), from, to, terminal };
}

async function stableOffsets(
  kafka: StackKafka,
  topic: TopicDefinition,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const ends = new Map<number, number>();
  for (const partition of partitions)
    ends.set(partition, await kafka.reader.stableOffset(topic.name, partition));
  return ends;
}

/**
 * Where to look. What the processor publishes for a merchant stands in the merchant's partition; a submission, and so its rejection,
 * may have been sent to any.
 */
function partitionsToRead(count: number, { topic, options }: Wish): readonly number[] {
  const { merchant, partition, from } = options;
  if (partition !== undefined && partition >= count)
    throw new CliError('usage', `${topic.name} has ${count} partitions, 0 to ${count - 1}.`);
  if (partition !== undefined) return [partition];
  if (from.kind === 'offset')
    throw new CliError('usage', 'An offset has a meaning in one partition only: name it with --partition.');
  const isAnywhere = topic.name === topics.submissions.name || topic.name === topics.rejections.name;
  if (merchant !== undefined && !isAnywhere) return [partitionOf(Buffer.from(merchant), count)];
  return Array.from({ length: count }, (_, each) => each);
}
