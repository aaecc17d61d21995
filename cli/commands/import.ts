/**
 * `fluxo import`: sends a CSV file of real sales as a mapping reads it (docs/import.md). The work is that of `@fluxo/producers`; this is
 * its face on the command line. Importing a file again adds nothing.
 */
import { access, readFile } from 'node:fs/promises';
import {
  type ImportResult,
  importFile,
  type Mapping,
  ProducerError,
  parseMapping,
  SubmissionSender,
} from '@fluxo/producers';
import { placeOf } from '@fluxo/stack';
import type { Command } from 'commander';
import { examples } from '../arguments.ts';
import { CliError, messageOf } from '../cli-error.ts';
import { cannotRead } from '../line-reader.ts';
import { countOf, type Progress, startProgress } from '../progress.ts';
import { ResultWriter } from '../result-writer.ts';
import { addressesOf, CLIENT_ID, reachableBrokers } from '../stack-connection.ts';
import { note, type Terminal } from '../terminal.ts';

type ImportCommandOptions = { readonly map: string; readonly skipWrongRows?: true; readonly json?: true };

export function addImport(program: Command, terminal: Terminal): void {
  program
    .command('import')
    .summary('send a CSV file of sales')
    .description(
      'Sends each row of a CSV file as an entry, as the mapping says what its columns are, and returns when all are acknowledged. What the ' +
        'file was imported with is remembered in FLUXO_HOME, so that importing it again, today or in a month, adds nothing. Unless told ' +
        'otherwise, a row that makes no sense stops the import before anything is sent.',
    )
    .argument('<file>', 'CSV file with a header line')
    .requiredOption('--map <mapping>', 'JSON or YAML file that says what the columns are (docs/import.md)')
    .option('--skip-wrong-rows', 'name the rows that make no sense and import the others')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      examples('fluxo import purchases.csv --map producers/file-import/mappings/cdnow.json'),
    )
    .action((file: string, options: ImportCommandOptions) => importSales(file, options, terminal));
}

async function importSales(file: string, options: ImportCommandOptions, terminal: Terminal): Promise<void> {
  await access(file).catch((error: unknown) => Promise.reject(cannotRead(file, error)));
  const mapping = await readMapping(options.map);
  const sender = await connectSender(terminal);
  const progress = startProgress(terminal, { label: `import ${file}`, total: 1 });
  try {
    const result = await importFile({
      file,
      mapping,
      home: placeOf(terminal.env).home,
      send: (submissions) => sender.send(submissions),
      wrongRows: options.skipWrongRows === true ? 'skip' : 'stop',
      onWrongRow: ({ line, reason }) => note(terminal, `${file}, line ${line}: ${reason}`),
      onProgress: (step) => {
        terminal.signal.throwIfAborted();
        show(progress, step);
      },
      nowMs: Date.now(),
    });
    progress.stop();
    await print(result, options, terminal);
  } catch (error) {
    throw explained(error, file);
  } finally {
    progress.stop();
    await sender.close();
  }
}

async function readMapping(path: string): Promise<Mapping> {
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    Promise.reject(cannotRead(path, error)),
  );
  try {
    return parseMapping(text);
  } catch (error) {
    throw new CliError('bad-input', `${path}: ${messageOf(error)}. docs/import.md describes mappings.`, {
      cause: error,
    });
  }
}

async function connectSender(terminal: Terminal): Promise<SubmissionSender> {
  const { registry } = addressesOf(terminal);
  return SubmissionSender.connect({ ...(await reachableBrokers(terminal)), registry, clientId: CLIENT_ID });
}

function explained(error: unknown, file: string): unknown {
  if (!(error instanceof ProducerError)) return error;
  if (error.code === 'not-acknowledged') return new CliError('stack-failed', error.message, { cause: error });
  const hint = error.code === 'invalid-row' ? '\n--skip-wrong-rows names them and imports the others.' : '';
  return new CliError('bad-input', `${file}: ${error.message}${hint}`, { cause: error });
}

type Step = Parameters<NonNullable<Parameters<typeof importFile>[0]['onProgress']>>[0];

/** The file is read to know it, to check it and to send it: a third of the bar each. */
const PHASES = ['reading', 'checking', 'sending'] as const satisfies readonly Step['phase'][];

function show(progress: Progress, { phase, bytesDone, bytesTotal, rows }: Step): void {
  const share = bytesTotal === 0 ? 1 : bytesDone / bytesTotal;
  const verb = { reading: 'read', checking: 'checked', sending: 'sent' }[phase];
  const done = (PHASES.indexOf(phase) + share) / PHASES.length;
  progress.show({ done, count: `${countOf(rows, 'row')} ${verb}` });
}

async function print(result: ImportResult, options: ImportCommandOptions, terminal: Terminal): Promise<void> {
  const out = new ResultWriter(terminal.stdout);
  if (options.json === true) return out.json(result);
  const { rows, submitted, wrong, shiftDays, isRepeat } = result;
  await out.lines([
    `${countOf(rows, 'row')} read, ${countOf(submitted, 'submission')} acknowledged${wrong > 0 ? `, ${countOf(wrong, 'wrong row')} skipped` : ''}.`,
    ...(shiftDays === 0 ? [] : [`All dates were moved by ${countOf(shiftDays, 'day')}.`]),
    ...(isRepeat ? ['This file had been imported before: what arrived then does not count again.'] : []),
  ]);
}
