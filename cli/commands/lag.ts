/**
 * `fluxo lag`: how far each consumer group is behind, by partition, in offsets and in the age of the oldest record it has not taken.
 * With `--watch` again and again until Ctrl-C. It only looks: a lag of any size is an answer, not a failure; `fluxo wait` is for
 * whoever wants one to be gone.
 */
import { groupLag, processor, sinksIn } from '@fluxo/pipeline';
import type { GroupBody } from '@fluxo/schemas';
import type { Command } from 'commander';
import { examples, wholeNumber } from '../arguments.ts';
import { pause } from '../progress.ts';
import { ResultWriter } from '../result-writer.ts';
import { StackKafka } from '../stack-connection.ts';
import { tableOf } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const EVERY_DEFAULT_S = 2;
const EVERY_MAX_S = 86_400;
/** To the upper left corner, and everything below away: the next table stands where the last one did. */
const CLEAR_SCREEN = '\u001b[H\u001b[J';

type LagOptions = { readonly json?: true; readonly watch?: true; readonly every: number };

export function addLag(program: Command, terminal: Terminal): void {
  program
    .command('lag')
    .summary('how far each consumer group is behind, in offsets and seconds')
    .description(
      'Shows, for every consumer group, the offsets it has still to read (an upper bound of the records) and the age of the oldest record ' +
        'it has not taken, then the same for each partition that is behind.',
    )
    .option('--json', 'print everything as JSON, by partition; with --watch one line a round')
    .option('--watch', 'go on, round after round, until Ctrl-C')
    .option(
      '--every <seconds>',
      'with --watch: the pause between two rounds',
      wholeNumber({ from: 1, to: EVERY_MAX_S }),
      EVERY_DEFAULT_S,
    )
    .addHelpText(
      'after',
      examples(
        'fluxo lag',
        'fluxo lag --watch',
        "fluxo lag --json | jq '.groups[] | {group, behind, seconds}'",
      ),
    )
    .action((options: LagOptions) => StackKafka.use(terminal, (kafka) => showLag(kafka, options, terminal)));
}

async function showLag(kafka: StackKafka, options: LagOptions, terminal: Terminal): Promise<void> {
  for (;;) {
    const at = new Date().toISOString();
    const groups = await lagOfAll(kafka, terminal);
    await print({ at, groups }, options, terminal);
    if (options.watch !== true) return;
    await pause(options.every * 1_000, terminal.signal);
  }
}

async function lagOfAll(kafka: StackKafka, { env }: Terminal): Promise<readonly GroupBody[]> {
  const groups: GroupBody[] = [];
  for (const stage of [processor, ...sinksIn(env)]) groups.push(await groupLag(kafka, stage, Date.now));
  return groups;
}

type Round = { readonly at: string; readonly groups: readonly GroupBody[] };

async function print(round: Round, { json, watch }: LagOptions, terminal: Terminal): Promise<void> {
  const out = new ResultWriter(terminal.stdout);
  if (json === true && watch === true) await out.lines([JSON.stringify(round)]);
  else if (json === true) await out.json(round);
  else if (watch === true) await out.lines([...screenOf(round, terminal.stdout.isTTY === true), '']);
  else await out.lines(lagText(round.groups));
}

function screenOf({ at, groups }: Round, isScreen: boolean): readonly string[] {
  return [`${isScreen ? CLEAR_SCREEN : ''}${at}`, ...lagText(groups)];
}

/** The groups, each with its partitions that are behind below it. */
export function lagText(groups: readonly GroupBody[]): readonly string[] {
  const rows = groups.flatMap(({ group, topic, behind, seconds, partitions }) => [
    [group, topic, '', '', String(behind), ageText(seconds)],
    ...partitions
      .filter((partition) => partition.behind > 0)
      .map((each) => [
        `  partition ${each.partition}`,
        '',
        each.committed === null ? 'nothing yet' : String(each.committed),
        String(each.end),
        String(each.behind),
        ageText(each.seconds),
      ]),
  ]);
  return tableOf([['group', 'topic', 'committed', 'end', 'behind', 'oldest'], ...rows], 2);
}

function ageText(seconds: number | null): string {
  return seconds === null ? '-' : `${seconds} s`;
}
