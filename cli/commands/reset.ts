/**
 * `fluxo reset`: takes away everything that the stack on this machine has stored, so that the next start begins with nothing. Names what it would
 * delete and does it only with `--yes`; never while anything of the stack runs, never where servers elsewhere are meant, and never the
 * data of containers, which is Docker's to remove.
 */
import {
  type Place,
  placeOf,
  removeStored,
  StackError,
  type StoredFolder,
  Supervisor,
  storedFolders,
} from '@fluxo/stack';
import type { Command } from 'commander';
import { examples } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { countOf } from '../progress.ts';
import { ResultWriter } from '../result-writer.ts';
import { addressesOf } from '../stack-connection.ts';
import { tableOf } from '../table.ts';
import { note, type Terminal } from '../terminal.ts';

const MIB = 1024 ** 2;
/** What names servers that this machine's stack is not. */
const ELSEWHERE = [
  'FLUXO_KAFKA',
  'FLUXO_REGISTRY',
  'FLUXO_REDIS',
  'FLUXO_POSTGRES',
  'FLUXO_DYNAMODB',
  'FLUXO_QUERY_API',
];

export function addReset(program: Command, terminal: Terminal): void {
  program
    .command('reset')
    .summary('delete all that the stack on this machine has stored')
    .description(
      'Deletes the data, the logs and the memory of imports of the stack in FLUXO_HOME, which must be stopped. Names what it would delete; ' +
        'does it with --yes. There is no way back. Exit code 3, and nothing deleted, if the stack runs or is not of this machine.',
    )
    .option('--yes', 'do it')
    .addHelpText('after', examples('npm run stack -- down && npx fluxo reset', 'fluxo reset --yes'))
    .action((options: { readonly yes?: true }) => reset(options.yes === true, terminal));
}

async function reset(isReal: boolean, terminal: Terminal): Promise<void> {
  const place = localPlace(terminal);
  const supervisor = new Supervisor(place);
  if (supervisor.usesContainers)
    throw new CliError(
      'refused',
      `The servers of this stack are containers, whose data is Docker's; nothing was deleted.\n` +
        `Remove it with: docker compose --project-name fluxo-${place.portBase} down --volumes`,
    );
  const folders = await whileStopped(supervisor, async () => {
    const found = await storedFolders(place);
    if (isReal) await removeStored(found);
    return found;
  });
  await new ResultWriter(terminal.stdout).lines(resetText(folders, isReal));
  if (!isReal && folders.length > 0)
    note(terminal, 'Nothing was deleted: this was a dry run. Repeat it with --yes.');
}

function localPlace(terminal: Terminal): Place {
  addressesOf(terminal);
  const named = ELSEWHERE.filter((name) => (terminal.env[name] ?? '') !== '');
  if (named.length === 0) return placeOf(terminal.env);
  throw new CliError(
    'refused',
    `${named.join(', ')} names servers elsewhere, and only the stack of this machine can be reset; nothing was deleted.\n` +
      'Unset it if the stack in FLUXO_HOME is the one you mean.',
  );
}

async function whileStopped<T>(supervisor: Supervisor, work: () => Promise<T>): Promise<T> {
  try {
    return await supervisor.whileStopped(work);
  } catch (error) {
    if (!(error instanceof StackError && error.code === 'busy')) throw error;
    throw new CliError('refused', `Nothing was deleted. ${error.message}`, { cause: error });
  }
}

export function resetText(folders: readonly StoredFolder[], isDone: boolean): readonly string[] {
  if (folders.length === 0) return ['There is nothing to delete.'];
  const rows = folders.map(({ path, files, bytes }) => [
    path,
    countOf(files, 'file'),
    `${Math.ceil(bytes / MIB)} MiB`,
  ]);
  return [isDone ? 'Deleted:' : 'Would delete:', ...tableOf(rows)];
}
