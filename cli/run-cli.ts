/**
 * One run of the command line: arguments in, exit code out. Every error becomes a message on standard error and one of the
 * exit codes 0 (done), 1 (failed, or differences), 2 (usage), 3 (refused), 130 (interrupted). It never throws and never ends the process.
 */
import { CommanderError } from 'commander';
import { CliError, exitCodeOf, messageOf } from './cli-error.ts';
import { buildProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** How long a command may clean up after the wish to stop, before it is left alone. */
const STOP_WITHIN_MS = 5_000;

const FAILED = 1;
const USAGE = 2;

/** Runs `fluxo` with these arguments (without the program's own name). */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const giveUp = Promise.withResolvers<never>();
  giveUp.promise.catch(() => undefined);
  const onAbort = () => {
    setTimeout(() => giveUp.reject(interrupted()), STOP_WITHIN_MS).unref();
  };
  terminal.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const program = await buildProgram(terminal, args);
    await Promise.race([program.parseAsync(args, { from: 'user' }), giveUp.promise]);
    return 0;
  } catch (error) {
    return report(terminal.signal.aborted && !(error instanceof CliError) ? interrupted() : error, terminal);
  } finally {
    terminal.signal.removeEventListener('abort', onAbort);
  }
}

function interrupted(): CliError {
  return new CliError('interrupted', 'Interrupted.');
}

function report(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (!(error instanceof CliError)) {
    terminal.stderr.write(`fluxo: ${messageOf(error)}\n`);
    if (terminal.env['FLUXO_LOG_LEVEL'] === 'debug' && error instanceof Error)
      terminal.stderr.write(`${error.stack}\n`);
    return FAILED;
  }
  if (error.code !== 'output-closed') terminal.stderr.write(`fluxo: ${error.message}\n`);
  return exitCodeOf(error.code);
}
