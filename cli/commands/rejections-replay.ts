/**
 * `fluxo rejections replay`: sends refused submissions again, in their own bytes, once the reason is gone: the account is configured, the day
 * reopened, the release can read the schema. Without `--yes` it only says what it would do. What would be refused again is not
 * sent; what has been accepted meanwhile neither: doing it twice adds nothing. A replay leaves two headers on the submission, which name the
 * rejection and who sent it.
 */
import { userInfo } from 'node:os';
import { SchemaRegistryClient } from '@fluxo/kafka';
import { planReplay, type RejectionName, type ReplayStep, sendReplay } from '@fluxo/pipeline';
import { topics } from '@fluxo/schemas';
import type { Command } from 'commander';
import { examples } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { countOf, startProgress } from '../progress.ts';
import {
  collect,
  type FilterOptions,
  filterOf,
  nothingFound,
  withFilter,
} from '../rejections/chosen-rejections.ts';
import { rejectionNamed } from '../rejections/rejection-name.ts';
import { planText, stepJson } from '../rejections/replay-text.ts';
import { ResultWriter } from '../result-writer.ts';
import { addressesOf, CLIENT_ID, StackKafka } from '../stack-connection.ts';
import { note, type Terminal } from '../terminal.ts';

/** Of one run: a plan for a person to read, and to hold in memory with its bytes. */
const REPLAYED_MAX = 10_000;

type ReplayOptions = FilterOptions & { readonly yes?: true; readonly json?: true };

export function addReplay(group: Command, terminal: Terminal): void {
  withFilter(group.command('replay'))
    .summary('send refused submissions again; a dry run without --yes')
    .description(
      'Says for each rejection what the processor would answer to the same submission now and, with --yes, sends those it would accept. ' +
        'The bytes are the original ones, so nothing counts twice. Headers on the submission name the rejection and the user who sent it.',
    )
    .argument(
      '[rejections...]',
      'rejections-3@17, 3@17, or ids of submissions; all that the options choose otherwise',
      (text: string, before: readonly RejectionName[]) => [...before, rejectionNamed(text)],
      [] as readonly RejectionName[],
    )
    .option('--yes', 'do it')
    .option('--json', 'print the plan as JSON')
    .addHelpText(
      'after',
      examples(
        'fluxo rejections replay --code account-unknown --since 2h',
        'fluxo rejections replay rejections-3@17 --yes',
      ),
    )
    .action((names: readonly RejectionName[], options: ReplayOptions) =>
      StackKafka.use(terminal, (kafka) => replay(kafka, { names, options }, terminal)),
    );
}

type Wish = { readonly names: readonly RejectionName[]; readonly options: ReplayOptions };

async function replay(kafka: StackKafka, { names, options }: Wish, terminal: Terminal): Promise<void> {
  const { code, merchant, since, yes, json } = options;
  if (names.length === 0 && code === undefined && merchant === undefined && since.kind === 'beginning')
    throw new CliError('usage', 'Say which: name rejections, or choose with --code, --merchant or --since.');
  const steps = await plan(kafka, { names, options }, terminal);
  const isReal = yes === true;
  const { access } = kafka;
  if (isReal) await sendReplay(steps, { access, clientId: CLIENT_ID, by: userInfo().username });
  const out = new ResultWriter(terminal.stdout);
  if (json === true) await out.json(steps.map((step) => stepJson(step, isReal)));
  else await out.lines(planText(steps, isReal));
  if (!isReal) note(terminal, 'Nothing was sent: this was a dry run. Repeat it with --yes.');
  else demandSuccess(steps);
}

async function plan(
  kafka: StackKafka,
  { names, options }: Wish,
  terminal: Terminal,
): Promise<readonly ReplayStep[]> {
  const found = await collect(kafka, { filter: filterOf(options, names), max: REPLAYED_MAX + 1 }, terminal);
  if (found.length === 0) throw nothingFound();
  if (found.length > REPLAYED_MAX)
    throw new CliError(
      'refused',
      `More than ${REPLAYED_MAX} rejections are chosen; nothing was sent. Choose fewer with --code, --merchant or --since.`,
    );
  const progress = startProgress(terminal, { label: 'replay', total: null });
  try {
    return await planReplay(found, await kafka.partitionsOf(topics.submissions), {
      logs: kafka,
      registry: new SchemaRegistryClient(addressesOf(terminal).registry),
      nowMs: Date.now(),
      onProgress: ({ partition, done, total }) =>
        progress.show({ done, count: `${countOf(done, 'offset')} of ${total} of partition ${partition}` }),
      signal: terminal.signal,
    });
  } finally {
    progress.stop();
  }
}

/** Fails with `refused` where nothing could be sent, with `differences` where only a part could. */
function demandSuccess(steps: readonly ReplayStep[]): void {
  const left = steps.filter(({ verdict }) => verdict.kind === 'rejected' || verdict.kind === 'lost').length;
  if (left === 0) return;
  const isNone = !steps.some(({ verdict }) => verdict.kind === 'accepted');
  throw new CliError(
    isNone ? 'refused' : 'differences',
    `${countOf(left, 'submission')} of ${steps.length} would be refused again and ${left === 1 ? 'was' : 'were'} not sent. ` +
      'Take away the reason named above, then repeat.',
  );
}
