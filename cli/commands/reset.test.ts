import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { captureTerminal } from '../captured-terminal.ts';
import { runCli } from '../run-cli.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'fluxo-reset-'));
  for (const folder of ['data/kafka', 'logs', 'imports', 'identity', 'run', 'mine']) {
    await mkdir(join(home, folder), { recursive: true });
    await writeFile(join(home, folder, 'file'), 'x');
  }
});
afterEach(() => rm(home, { recursive: true, force: true }));

const isThere = (...folders: readonly string[]) => folders.map((folder) => existsSync(join(home, folder)));

async function reset(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const terminal = captureTerminal({ env: { FLUXO_HOME: home, FLUXO_NATIVE: '1', ...env } });
  const status = await runCli(['reset', ...args], terminal);
  return { status, output: terminal.output(), errors: terminal.errors() };
}

describe('fluxo reset', () => {
  test('names what it would delete, and deletes nothing', async () => {
    const { status, output, errors } = await reset();
    expect([status, errors]).toEqual([0, expect.stringContaining('dry run')]);
    expect(output).toMatch(/^Would delete:\n.*data +1 file +1 MiB\n.*logs .*\n.*imports .*\n$/);
    expect(isThere('data', 'logs', 'imports')).toEqual([true, true, true]);
  });

  test('deletes with --yes what a stack has stored, and nothing else', async () => {
    const { status, output } = await reset(['--yes']);
    expect([status, output]).toEqual([0, expect.stringMatching(/^Deleted:\n/)]);
    expect(isThere('data', 'logs', 'imports')).toEqual([false, false, false]);
    expect(isThere('identity/file', 'run/file', 'mine/file')).toEqual([true, true, true]);
    expect((await reset(['--yes'])).output).toBe('There is nothing to delete.\n');
  });

  test.each([
    [{ FLUXO_KAFKA: 'kafka.example:9092' }, 3, 'FLUXO_KAFKA names servers elsewhere'],
    [{ FLUXO_POSTGRES: 'postgres://db.example/fluxo' }, 3, 'FLUXO_POSTGRES names servers elsewhere'],
    [{ FLUXO_PORT_BASE: 'many' }, 2, 'FLUXO_PORT_BASE'],
  ])('is refused with %p', async (env, code, problem) => {
    const { status, output, errors } = await reset(['--yes'], env);
    expect([status, output, errors]).toEqual([code, '', expect.stringContaining(problem)]);
    expect(isThere('data', 'logs', 'imports')).toEqual([true, true, true]);
  });
});
