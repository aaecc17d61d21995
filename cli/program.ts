/**
 * The command line of `fluxo`: which commands there are and what their help says. Each command is a file of `commands/` that adds
 * itself here, and is loaded when it is asked for: what only the others need would take longer to load than most commands to run.
 */
import { Command } from 'commander';
import type { Terminal } from './terminal.ts';

type AddCommand = (program: Command, terminal: Terminal) => void;

/** In the order of the help. */
const COMMANDS: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['submit', async () => (await import('./commands/submit.ts')).addSubmit],
  ['dump', async () => (await import('./commands/dump.ts')).addDump],
  ['fold', async () => (await import('./commands/fold.ts')).addFold],
  ['wait', async () => (await import('./commands/wait.ts')).addWait],
  ['topics', async () => (await import('./commands/topics.ts')).addTopics],
  ['lag', async () => (await import('./commands/lag.ts')).addLag],
  ['tail', async () => (await import('./commands/tail.ts')).addTail],
  ['doctor', async () => (await import('./commands/doctor.ts')).addDoctor],
  ['balance', async () => (await import('./commands/balance.ts')).addBalance],
  ['rejections', async () => (await import('./commands/rejections.ts')).addRejections],
  ['rebuild', async () => (await import('./commands/rebuild.ts')).addRebuild],
  ['verify-chain', async () => (await import('./commands/verify-chain.ts')).addVerifyChain],
  ['audit', async () => (await import('./commands/audit.ts')).addAudit],
  ['ksql', async () => (await import('./commands/ksql.ts')).addKsql],
  ['import', async () => (await import('./commands/import.ts')).addImport],
  ['simulate', async () => (await import('./commands/simulate.ts')).addSimulate],
  ['token', async () => (await import('./commands/token.ts')).addToken],
  ['reset', async () => (await import('./commands/reset.ts')).addReset],
]);

const SEE_ALSO = `
Results go to standard output, everything else to standard error.
Exit codes: 0 done, 1 failed or differences found, 2 wrong command line, 3 refused, 130 interrupted.

Which stack: the one at FLUXO_PORT_BASE (default 21000) on this machine, as \`npm start\` brings it up.
FLUXO_KAFKA, FLUXO_REGISTRY, FLUXO_REDIS and FLUXO_QUERY_API name servers elsewhere.
FLUXO_TOKEN is the access token for a query API elsewhere.`;

/** The program as far as this command line needs it: with the command it begins with, or with all where it names none. */
export async function buildProgram(terminal: Terminal, args: readonly string[]): Promise<Command> {
  const program = new Command('fluxo')
    .description('Looks into a running Fluxo, feeds it and proves it right.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .showHelpAfterError('Run the command with --help to see its arguments and an example.')
    .addHelpText('after', SEE_ALSO)
    .hook('preAction', (_program, command) => refuseSwallowedOptions(command));
  const asked = COMMANDS.get(args[0] ?? '');
  for (const load of asked === undefined ? COMMANDS.values() : [asked]) (await load())(program, terminal);
  return program;
}

/** Commander takes `--merchant --watch` for a merchant of that name. */
function refuseSwallowedOptions(command: Command): void {
  const names = command.options.flatMap(({ short, long }) => [short ?? [], long ?? []].flat());
  for (const option of command.options)
    if (option.required && names.includes(command.getOptionValue(option.attributeName())))
      command.error(`error: option '${option.flags}' argument missing`);
}
