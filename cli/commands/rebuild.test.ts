import { describe, expect, test } from '@jest/globals';
import { captureTerminal } from '../captured-terminal.ts';
import { stepText } from '../rebuild/fill-generation.ts';
import { runCli } from '../run-cli.ts';

/** Nobody listens at these ports. */
const NOWHERE = {
  FLUXO_AUTH: 'off',
  FLUXO_KAFKA: '127.0.0.1:1',
  FLUXO_REGISTRY: 'http://127.0.0.1:1/apis/ccompat/v7',
  FLUXO_REDIS: 'redis://127.0.0.1:1',
  FLUXO_POSTGRES: 'postgres://fluxo_owner:secret@127.0.0.1:1/fluxo',
  FLUXO_DYNAMODB: 'http://127.0.0.1:1/fluxo-views',
};

describe('fluxo rebuild', () => {
  test.each([
    [['rebuild', 'mysql'], 'unknown command'],
    [['rebuild', 'redis', '--database', '-1'], 'a whole number from 0'],
    [['rebuild', 'postgres', '--database', '2'], "unknown option '--database'"],
    [['rebuild', 'dynamodb', 'fluxo-views'], 'too many arguments'],
  ])('%p is wrong usage', async (args, problem) => {
    const terminal = captureTerminal();
    expect(await runCli(args, terminal)).toBe(2);
    expect(terminal.errors()).toContain(problem);
    expect(terminal.output()).toBe('');
  });

  test.each(['redis', 'postgres', 'dynamodb'])(
    '%s without a Kafka says so and touches nothing',
    async (store) => {
      const terminal = captureTerminal({ env: NOWHERE });
      expect(await runCli(['rebuild', store], terminal)).toBe(1);
      expect(terminal.errors()).toContain('No Kafka answers at 127.0.0.1:1');
      expect(terminal.output()).toBe('');
    },
  );

  test.each([
    [
      'redis',
      'FLUXO_KAFKA',
      'by FLUXO_REGISTRY, FLUXO_REDIS it is the registry and redis of a stack elsewhere',
    ],
    ['postgres', 'FLUXO_REGISTRY', 'the registry of this machine’s'],
    ['dynamodb', 'FLUXO_DYNAMODB', 'the dynamodb of this machine’s'],
  ])('%s is not made of the topics of another stack: without %s', async (store, missing, problem) => {
    const terminal = captureTerminal({ env: { ...NOWHERE, [missing]: '' } });
    expect(await runCli(['rebuild', store], terminal)).toBe(3);
    expect(terminal.errors().toLowerCase()).toContain(problem.toLowerCase());
    expect(terminal.output()).toBe('');
  });
});

test('says how far it is, and how long it will still take', () => {
  expect(stepText({ done: 0, total: 12_000, elapsedMs: 100 })).toBe('0 of 12,000 offsets');
  expect(stepText({ done: 3_000, total: 12_000, elapsedMs: 1_000 })).toBe(
    '3000 of 12,000 offsets, about 3 s left',
  );
});
