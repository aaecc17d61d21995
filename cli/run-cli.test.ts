import { describe, expect, test } from '@jest/globals';
import { captureTerminal } from './captured-terminal.ts';
import { buildProgram } from './program.ts';
import { runCli } from './run-cli.ts';

/** The commands that are loaded for this command line. */
async function loadedFor(...args: readonly string[]): Promise<readonly string[]> {
  const program = await buildProgram(captureTerminal(), args);
  return program.commands.map((command) => command.name());
}

describe('the command line', () => {
  test('loads all commands for the help, otherwise only the one it is asked for', async () => {
    const commands = await loadedFor('--help');
    expect(commands).toEqual(await loadedFor());
    for (const name of commands) expect(await loadedFor(name)).toEqual([name]);
  });

  test('explains every command with an example, on standard output', async () => {
    const commands = await loadedFor();
    expect(commands.length).toBeGreaterThan(6);
    for (const name of commands) {
      const terminal = captureTerminal();
      expect(await runCli([name, '--help'], terminal)).toBe(0);
      expect(terminal.output()).toMatch(
        new RegExp(`Usage: fluxo ${name}(?:.|\\n)*Examples?:\n {2}\\$ (?:.|\\n)*fluxo ${name}`),
      );
      expect(terminal.errors()).toBe('');
    }
  });

  test.each([
    [[], 'Usage: fluxo'],
    [['dance'], "unknown command 'dance'"],
    [['dumb', 'ledger'], 'Did you mean dump?'],
    [['dump'], "missing required argument 'topic'"],
    [['dump', 'ledgers'], 'The topics are: submissions, ledger, daily-balances, merchants, rejections.'],
    [['dump', 'ledger', 'merchants'], 'too many arguments'],
    [['dump', 'ledger', '--row'], "unknown option '--row'"],
    [['wait', '--timeout', 'soon'], 'a whole number'],
    [['wait', '--timeout'], 'argument missing'],
    [['audit', '--merchant', '--watch'], "option '--merchant <id>' argument missing"],
    [['rejections', 'replay', '--code', '--yes'], "argument '--yes' is invalid. The codes are:"],
    [['rejections', 'list', '--code', 'day-clsoed'], 'The codes are: malformed, key-mismatch,'],
    [['rejections', 'list', 'today'], 'too many arguments'],
    [['rejections', 'forget'], "unknown command 'forget'"],
    [['audit', 'm-1'], 'too many arguments'],
    [['reset', '--yes=no'], '--yes'],
    [['--verbose', 'topics'], "unknown option '--verbose'"],
    [['fold', '-', '--batch', '0'], 'a whole number from 1'],
  ])('%p is wrong usage: exit code 2, nothing on standard output', async (args, problem) => {
    const terminal = captureTerminal();
    expect(await runCli(args, terminal)).toBe(2);
    expect(terminal.errors()).toContain(problem);
    expect(terminal.output()).toBe('');
  });

  test('says what to do where no stack runs', async () => {
    const terminal = captureTerminal({ env: { FLUXO_KAFKA: '127.0.0.1:1' } });
    expect(await runCli(['topics'], terminal)).toBe(1);
    expect(terminal.errors()).toMatch(/^fluxo: No Kafka answers at 127\.0\.0\.1:1.*\n.*npm start/);
  });

  test.each([
    [{ FLUXO_PORT_BASE: 'many' }, 'FLUXO_PORT_BASE'],
    [{ FLUXO_KAFKA: 'localhost' }, 'host:port'],
  ])('%p makes no sense: exit code 2', async (env, problem) => {
    const terminal = captureTerminal({ env });
    expect(await runCli(['topics'], terminal)).toBe(2);
    expect(terminal.errors()).toContain(problem);
  });

  test('ends with 130 when it is asked to stop', async () => {
    const terminal = captureTerminal();
    const input = new ReadableStream({ start: () => undefined });
    const { Readable } = await import('node:stream');
    const running = runCli(['fold', '-'], { ...terminal, stdin: Readable.fromWeb(input as never) });
    setTimeout(() => terminal.stop.abort(), 50);
    expect(await running).toBe(130);
    expect(terminal.errors()).toBe('fluxo: Interrupted.\n');
  });
});
