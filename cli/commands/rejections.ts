/**
 * `fluxo rejections`: what the processor refused, and sending it again when the reason is gone. `list` and `show` look; `replay` is a dry run
 * unless `--yes` says otherwise. The rejections are read from their topic, which keeps them for 90 days.
 */
import {
  type FoundRejection,
  idOf,
  placeText,
  type RejectionFilter,
  type RejectionName,
} from '@fluxo/pipeline';
import type { Command } from 'commander';
import { examples, wholeNumber } from '../arguments.ts';
import {
  collect,
  type FilterOptions,
  filterOf,
  nothingFound,
  withFilter,
} from '../rejections/chosen-rejections.ts';
import { rejectionNamed } from '../rejections/rejection-name.ts';
import { rejectionJson, rejectionText } from '../rejections/rejection-text.ts';
import { ResultWriter } from '../result-writer.ts';
import { escaped } from '../shown-record.ts';
import { StackKafka } from '../stack-connection.ts';
import { tableOf } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { addReplay } from './rejections-replay.ts';

const LISTED_DEFAULT = 1_000;
const LISTED_MAX = 1_000_000;

type ListOptions = FilterOptions & { readonly number: number; readonly json?: true };

export function addRejections(program: Command, terminal: Terminal): void {
  const group = program
    .command('rejections')
    .summary('list, show and replay refused submissions')
    .description('Shows what the processor refused and why, and sends it again when the reason is gone.')
    .addHelpText(
      'after',
      examples(
        'fluxo rejections list --code account-unknown --since 2h',
        'fluxo rejections show rejections-3@17',
        'fluxo rejections replay --merchant sim-0001 --yes',
      ),
    );
  addList(group, terminal);
  addShow(group, terminal);
  addReplay(group, terminal);
}

function addList(group: Command, terminal: Terminal): void {
  withFilter(group.command('list'))
    .summary('what was refused, and why')
    .description(
      'Lists rejections from their topic, a line each: place, time, code, merchant, submission and detail.',
    )
    .option(
      '-n, --number <count>',
      'at most so many',
      wholeNumber({ from: 1, to: LISTED_MAX }),
      LISTED_DEFAULT,
    )
    .option('--json', 'print them as JSON')
    .addHelpText(
      'after',
      examples('fluxo rejections list', 'fluxo rejections list --merchant sim-0001 --since 1d'),
    )
    .action((options: ListOptions) => StackKafka.use(terminal, (kafka) => list(kafka, options, terminal)));
}

async function list(kafka: StackKafka, options: ListOptions, terminal: Terminal): Promise<void> {
  const found = await collect(kafka, { filter: filterOf(options, []), max: options.number }, terminal);
  const out = new ResultWriter(terminal.stdout);
  if (options.json === true) await out.json(found.map(rejectionJson));
  else if (found.length === 0) await out.lines(['No such rejections.']);
  else
    await out.lines(
      tableOf([['place', 'recorded at', 'code', 'key', 'submission', 'detail'], ...found.map(rowOf)], 6),
    );
}

function rowOf(found: FoundRejection): readonly string[] {
  const { rejection, submission } = found;
  const type = submission.kind === 'record' ? submission.type : 'undecodable';
  return [
    placeText(found),
    new Date(rejection.recordedAt).toISOString(),
    rejection.code,
    rejection.key === null ? '(none)' : escaped(Buffer.from(rejection.key).toString()),
    `${type} ${escaped(idOf(found) ?? '')}`.trim(),
    escaped(rejection.detail),
  ];
}

function addShow(group: Command, terminal: Terminal): void {
  group
    .command('show')
    .summary('one rejection, with the submission decoded')
    .description(
      'Shows a rejection by its place, or all of one submission by its id: code, detail, and the bytes, decoded if they can be.',
    )
    .argument('<rejection>', 'rejections-3@17, 3@17, or the id of the submission', rejectionNamed)
    .option('--json', 'print them as JSON')
    .addHelpText('after', examples('fluxo rejections show rejections-3@17'))
    .action((name: RejectionName, options: { readonly json?: true }) =>
      StackKafka.use(terminal, (kafka) => show(kafka, { name, asJson: options.json === true }, terminal)),
    );
}

type ShowOptions = { readonly name: RejectionName; readonly asJson: boolean };

async function show(kafka: StackKafka, { name, asJson }: ShowOptions, terminal: Terminal): Promise<void> {
  const filter: RejectionFilter = { sinceMs: null, names: [name] };
  const found = await collect(kafka, { filter, max: LISTED_DEFAULT }, terminal);
  if (found.length === 0) throw nothingFound();
  const out = new ResultWriter(terminal.stdout);
  if (asJson) await out.json(found.map(rejectionJson));
  else await out.lines(found.flatMap(rejectionText));
}
