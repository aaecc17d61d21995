/**
 * `fluxo topics`: what every topic holds, what of it waits for the end of a transaction, and how far each consumer group is behind.
 * Offsets, not records: transaction markers and what compaction removed have offsets too, so the figures are upper bounds.
 */
import { lagsBehind, type Positions, processor, type Span, sinksIn, spanOf, totalOf } from '@fluxo/pipeline';
import { allTopics, type TopicDefinition } from '@fluxo/schemas';
import type { Command } from 'commander';
import { examples } from '../arguments.ts';
import { ResultWriter } from '../result-writer.ts';
import { StackKafka } from '../stack-connection.ts';
import { tableOf } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type TopicsOptions = { readonly json?: true };

type PartitionReport = {
  readonly partition: number;
  readonly first: number;
  readonly end: number;
  /** Offsets behind the first transaction still open: nobody who reads committed records sees them yet. */
  readonly pending: number;
};

type GroupReport = {
  readonly group: string;
  /** Offsets the group has still to read, over all partitions. */
  readonly lag: number;
  readonly partitions: readonly {
    readonly partition: number;
    readonly committed: number | null;
    readonly lag: number;
  }[];
};

type TopicReport = {
  readonly topic: string;
  readonly cleanup: TopicDefinition['cleanup'];
  /** Offsets from the first to the end, over all partitions. */
  readonly offsets: number;
  readonly partitions: readonly PartitionReport[];
  readonly groups: readonly GroupReport[];
};

export function addTopics(program: Command, terminal: Terminal): void {
  program
    .command('topics')
    .summary('what the topics hold, and the lag of each consumer group')
    .description(
      'Shows, for every topic, its partitions, how many offsets it holds (an upper bound of its records), how many of them wait for the ' +
        'end of a transaction (for seconds at most: a figure that stays is one that hangs) and how many each consumer group has still to read.',
    )
    .option('--json', 'print everything as JSON, by partition')
    .addHelpText('after', examples('fluxo topics', "fluxo topics --json | jq '.[] | {topic, offsets}'"))
    .action(async (options: TopicsOptions) => {
      const reports = await StackKafka.use(terminal, (kafka) => reportAll(kafka, terminal));
      const out = new ResultWriter(terminal.stdout);
      if (options.json === true) await out.json(reports);
      else await out.lines(tableText(reports));
    });
}

async function reportAll(kafka: StackKafka, { env }: Terminal): Promise<readonly TopicReport[]> {
  const groups = [];
  for (const stage of [processor, ...sinksIn(env)])
    groups.push({ stage, positions: await kafka.committed(stage) });
  const reports: TopicReport[] = [];
  for (const topic of allTopics) {
    const spans = await spanOf(kafka, topic);
    reports.push({
      topic: topic.name,
      cleanup: topic.cleanup,
      offsets: totalOf(spans),
      partitions: await Promise.all(spans.map((span) => partitionReport(kafka, span))),
      groups: groups
        .filter(({ stage }) => stage.reads.name === topic.name)
        .map(({ stage, positions }) => groupReport(stage.groupId, spans, positions)),
    });
  }
  return reports;
}

async function partitionReport(kafka: StackKafka, span: Span): Promise<PartitionReport> {
  const { topic, partition, from, to } = span;
  // The end was asked for before, so an open transaction that ended in between only makes this smaller.
  const stable = await kafka.reader.stableOffset(topic, partition);
  return { partition, first: from, end: to, pending: Math.max(0, to - stable) };
}

function groupReport(group: string, spans: readonly Span[], positions: Positions): GroupReport {
  const partitions = spans.map((span) => ({
    partition: span.partition,
    committed: positions.get(span.topic)?.get(span.partition) ?? null,
    lag: totalOf(lagsBehind([span], positions)),
  }));
  return { group, lag: partitions.reduce((sum, { lag }) => sum + lag, 0), partitions };
}

function tableText(reports: readonly TopicReport[]): readonly string[] {
  const heading = ['topic', 'kept', 'partitions', 'offsets', 'pending', 'lag'];
  const rows = reports.map(({ topic, cleanup, partitions, offsets, groups }) => [
    topic,
    cleanup === 'compact' ? 'last of each key' : 'all',
    String(partitions.length),
    String(offsets),
    String(partitions.reduce((sum, { pending }) => sum + pending, 0)),
    groups.map(({ group, lag }) => `${group} ${lag}`).join(', '),
  ]);
  return tableOf([heading, ...rows], 2);
}
