/**
 * `fluxo rebuild`: makes a view anew from the topics while readers are served by the old one, and exchanges the two in one step. For a view
 * that the audit found wrong: the guard by revision keeps what is newer, so a document that claims too high a revision heals in no other way.
 */
import { servedTopics, spansOf, totalOf } from '@fluxo/pipeline';
import { SinkRefusedError } from '@fluxo/sinks';
import { type Command, Option } from 'commander';
import { examples, wholeNumber } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { countOf, startProgress } from '../progress.ts';
import { rebuildRedis } from '../rebuild/rebuild-redis.ts';
import { ResultWriter } from '../result-writer.ts';
import { addressesOf, StackKafka } from '../stack-connection.ts';
import { note, type Terminal } from '../terminal.ts';

/** 0 is the view's own, 1 holds the sessions of the web page. */
const DATABASE_DEFAULT = 2;
const DATABASE_MAX = 9_999;

type RebuildOptions = { readonly database: number; readonly json?: true };

export function addRebuild(program: Command, terminal: Terminal): void {
  const group = program
    .command('rebuild')
    .summary('make a view anew beside the old one, then exchange the two')
    .description(
      'Makes a view anew from the topics. Readers are served by the old one until the new one is complete.',
    )
    .addHelpText('after', examples('fluxo rebuild redis && fluxo wait && fluxo audit'));
  group
    .command('redis')
    .summary('the view in Redis')
    .description(
      'Fills another database of the same Redis from the topics, exchanges it with the one that readers use (SWAPDB), and empties the former. ' +
        'The sinks may go on working: they find where the new one stands and go on from there. Needs memory for both.',
    )
    .addOption(
      new Option('--database <number>', 'the database to build in; nothing else may use it')
        .argParser(wholeNumber({ from: 0, to: DATABASE_MAX }))
        .default(DATABASE_DEFAULT),
    )
    .option('--json', 'print the result as JSON: {"generation", "offsets"}')
    .addHelpText('after', examples('fluxo rebuild redis', 'fluxo rebuild redis --database 3'))
    .action((options: RebuildOptions) =>
      StackKafka.use(terminal, (kafka) => rebuild(kafka, options, terminal)),
    );
}

async function rebuild(kafka: StackKafka, options: RebuildOptions, terminal: Terminal): Promise<void> {
  const total = totalOf(await spansOf(kafka, servedTopics));
  const progress = startProgress(terminal, { label: 'rebuild redis', total });
  try {
    const result = await rebuildRedis(kafka, {
      url: addressesOf(terminal).redis,
      database: options.database,
      progress,
      signal: terminal.signal,
      onTrouble: (problem) => note(terminal, `fluxo: ${problem}`),
    });
    const out = new ResultWriter(terminal.stdout);
    if (options.json === true) await out.json(result);
    else
      await out.lines([
        `Readers see generation ${result.generation}, made of ${countOf(result.offsets, 'offset')}.`,
      ]);
  } catch (error) {
    if (!(error instanceof SinkRefusedError)) throw error;
    throw new CliError('refused', `Nothing was changed for readers: ${error.message}`, { cause: error });
  } finally {
    progress.stop();
  }
}
