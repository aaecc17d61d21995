/**
 * `fluxo submit`: sends JSON lines as submissions, in their order, through the schema registry, and returns when the cluster has
 * acknowledged all of them. It judges nothing: what makes no sense is for the processor to refuse, and bytes that are no Avro at
 * all can be sent as `raw`. Sending a file again is safe, because the processor knows the ids.
 */
import { IdempotentProducer, type TopicCodec } from '@fluxo/kafka';
import { partitionOf, topics } from '@fluxo/schemas';
import type { Command } from 'commander';
import { examples } from '../arguments.ts';
import { CliError, messageOf } from '../cli-error.ts';
import { type Input, type Line, openInput, readLines } from '../line-reader.ts';
import { bytesOf, type Message, OrderedSender } from '../ordered-sender.ts';
import { countOf, startProgress } from '../progress.ts';
import { encodeJsonForm, lineError, parseRecordLine, type RecordLine } from '../record-line.ts';
import { ResultWriter } from '../result-writer.ts';
import { CLIENT_ID, StackKafka } from '../stack-connection.ts';
import type { Terminal } from '../terminal.ts';

/** The broker takes record batches of 1 MiB (message.max.bytes); the rest is for the batch's own header. */
const MESSAGE_BYTES_MAX = 1_048_000;

/** How often a batch is sent again, about a minute, before the command gives up. */
const RETRIES_MAX = 30;

type SubmitOptions = { readonly json?: true };

export function addSubmit(program: Command, terminal: Terminal): void {
  program
    .command('submit')
    .summary('send JSON lines as submissions')
    .description(
      'Sends each line {"key", "type", "value"} or {"key", "raw": base64}, in order, to "partition" or else to the partition of its key, ' +
        'and returns when all are acknowledged. Values are not judged; the processor does that. Lines of `fluxo dump submissions` are ' +
        'understood too. A line that cannot be encoded ends the command; those before it have been sent.',
    )
    .argument('<file>', 'file of JSON lines; - for standard input')
    .option('--json', 'print the result as JSON: {"submitted"}')
    .addHelpText('after', examples('fluxo submit day.jsonl', 'gunzip -c day.jsonl.gz | fluxo submit -'))
    .action((path: string, options: SubmitOptions) => submit(path, options, terminal));
}

async function submit(path: string, options: SubmitOptions, terminal: Terminal): Promise<void> {
  const input = await openInput(path, terminal);
  const submitted = await StackKafka.use(terminal, (kafka) => sendAll(input, kafka, terminal));
  const out = new ResultWriter(terminal.stdout);
  if (options.json === true) await out.json({ submitted });
  else await out.lines([`${countOf(submitted, 'submission')} acknowledged.`]);
}

async function sendAll(input: Input, kafka: StackKafka, terminal: Terminal): Promise<number> {
  const partitions = await kafka.partitionsOf(topics.submissions);
  const codec = await kafka.codecOf(topics.submissions);
  const producer = await IdempotentProducer.connect({
    ...kafka.access,
    clientId: CLIENT_ID,
    retries: RETRIES_MAX,
  });
  const sender = new OrderedSender((messages) => producer.send(topics.submissions.name, messages));
  try {
    await sendLines(input, { sender, codec, partitions }, terminal);
    return sender.acknowledged;
  } catch (error) {
    throw explained(error, countOf(sender.acknowledged, 'submission'), terminal);
  } finally {
    await producer.close();
  }
}

type Way = { readonly sender: OrderedSender; readonly codec: TopicCodec; readonly partitions: number };

async function sendLines(input: Input, way: Way, terminal: Terminal): Promise<void> {
  const progress = startProgress(terminal, { label: 'submit', total: input.bytes });
  try {
    for await (const { lines, bytesRead } of readLines(input)) {
      for (const line of lines) await sendLine(line, input.name, way);
      way.sender.push();
      progress.show({
        done: bytesRead,
        count: `${countOf(way.sender.acknowledged, 'submission')} acknowledged`,
      });
    }
  } finally {
    progress.stop();
    await way.sender.flush();
  }
}

async function sendLine(line: Line, inputName: string, { sender, codec, partitions }: Way): Promise<void> {
  let message: Message;
  try {
    message = messageOfLine(parseRecordLine(line.text), codec, partitions);
  } catch (error) {
    throw lineError(inputName, line, messageOf(error));
  }
  await sender.room(bytesOf(message));
  sender.add(message);
}

function messageOfLine(line: RecordLine, codec: TopicCodec, partitions: number): Message {
  if (line.topic !== undefined && line.topic !== topics.submissions.name)
    throw new Error(`it is a record of ${line.topic}; only submissions can be submitted`);
  const key = line.key === null ? null : Buffer.from(line.key);
  const partition = line.partition ?? (key === null ? 0 : partitionOf(key, partitions));
  if (partition >= partitions)
    throw new Error(`there is no partition ${partition}: the topic has ${partitions}`);
  const message = { key, partition, value: bytesToSend(line, codec) };
  if (bytesOf(message) <= MESSAGE_BYTES_MAX) return message;
  throw new Error(`its ${message.value.length} bytes are more than the broker takes in one message`);
}

function bytesToSend({ type, value, raw }: RecordLine, codec: TopicCodec): Buffer {
  if (type !== null) return Buffer.from(encodeJsonForm(codec, type, value));
  if (raw !== null) return Buffer.from(raw);
  throw new Error(
    'there is neither a value nor raw bytes (dump with --raw to keep bytes that cannot be decoded)',
  );
}

/** Whatever ended the command, the person must know how much got through. */
function explained(error: unknown, acknowledged: string, terminal: Terminal): CliError {
  const state = `${acknowledged} acknowledged before that; sending the file again is safe, the processor knows the ids.`;
  if (terminal.signal.aborted) return new CliError('interrupted', `Interrupted: ${state}`, { cause: error });
  if (error instanceof CliError)
    return new CliError(error.code, `${error.message}\n${state}`, { cause: error });
  const what = `The cluster did not acknowledge what was sent: ${messageOf(error)}`;
  return new CliError('stack-failed', `${what}\n${state}`, { cause: error });
}
