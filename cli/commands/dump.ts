/**
 * `fluxo dump`: a topic as JSON lines, the form in which results are compared, kept and judged. Only what is committed, from the
 * beginning to the end as it was when the command started, partition after partition in offset order. While one batch is being
 * printed the next is already being fetched; a slow reader of the output slows the fetching.
 */
import { readTopic, spanOf, totalOf } from '@fluxo/pipeline';
import type { TopicDefinition } from '@fluxo/schemas';
import type { Command } from 'commander';
import { examples, topicNamed } from '../arguments.ts';
import { countOf, startProgress } from '../progress.ts';
import { printRecordLine } from '../record-line.ts';
import { ResultWriter } from '../result-writer.ts';
import { StackKafka } from '../stack-connection.ts';
import type { Terminal } from '../terminal.ts';

export function addDump(program: Command, terminal: Terminal): void {
  program
    .command('dump')
    .summary('print a topic as JSON lines')
    .description(
      'Prints every committed record of a topic, partition after partition in offset order, from the beginning to the end as it is now: ' +
        '{"topic", "partition", "offset", "timestamp", "key", "type", "value"}. Instants are epoch milliseconds, bytes are hex. ' +
        'A value that cannot be decoded has type null and value null.',
    )
    .argument(
      '<topic>',
      'submissions, ledger, daily-balances, merchants or rejections; the full name will do as well',
      topicNamed,
    )
    .option('--raw', 'add the bytes of every value, in base64')
    .addHelpText(
      'after',
      examples('fluxo dump ledger --raw > ledger.jsonl', 'fluxo dump daily-balances | grep sim-0001'),
    )
    .action((topic: TopicDefinition, { raw }: { readonly raw?: true }) =>
      StackKafka.use(terminal, (kafka) => dump(kafka, { topic, withRaw: raw === true }, terminal)),
    );
}

type DumpOptions = { readonly topic: TopicDefinition; readonly withRaw: boolean };

async function dump(kafka: StackKafka, { topic, withRaw }: DumpOptions, terminal: Terminal): Promise<void> {
  const out = new ResultWriter(terminal.stdout);
  // In this order: the codec then knows every schema that anything before these ends was written with.
  const spans = await spanOf(kafka, topic);
  const codec = await kafka.codecOf(topic);
  const progress = startProgress(terminal, {
    label: `dump ${topic.name}`,
    total: totalOf(spans),
    isPrinting: true,
  });
  let [count, passed] = [0, 0];
  try {
    for (const span of spans) {
      for await (const records of readTopic(kafka, span, terminal.signal)) {
        await out.lines(records.map((record) => printRecordLine(record, codec, withRaw)));
        count += records.length;
        const last = records.at(-1)?.offset ?? span.from;
        progress.show({ done: passed + last - span.from, count: countOf(count, 'record') });
      }
      passed += span.to - span.from;
    }
  } finally {
    progress.stop();
  }
}
