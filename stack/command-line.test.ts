import { describe, expect, test } from '@jest/globals';
import { readCommandLine } from './command-line.ts';

describe('npm run stack --', () => {
  test.each([
    [['up', '--detach'], 'up'],
    [['up', '--detach', '--streams', '3', '--no-simulator', '--dynamodb', '--observe', '--secure'], 'up'],
    [['up', '--detach', '--only', 'provision,migrate'], 'up'],
    [['down'], 'down'],
    [['stop', 'redis', 'streams-1'], 'stop'],
    [['status', '--json'], 'status'],
  ])('%p is read', (args, command) => {
    expect(readCommandLine(args).command).toBe(command);
  });

  test.each([
    [[], 'Usage'],
    [['dance'], 'dance'],
    [['toString'], 'toString'],
    [['up'], '--detach'],
    [['up', '--detached'], '--detached'],
    [['up', '--detach=no'], '--detach'],
    [['up', '--detach', '--streams'], '--streams'],
    [['up', '--detach', '--streams='], '--streams'],
    [['up', '--detach', '--json'], '--json'],
    [['up', '--detach', 'streams-2'], 'streams-2'],
    [['up', '--detach', '--only'], '--only'],
    [['up', '--detach', '--only', 'redis', '--only', 'kafka'], '--only'],
    [['up', '--detach', '--only', 'redis', '--observe'], '--observe'],
    [['down', 'streams-1'], 'streams-1'],
    [['down', '--only', 'streams-1'], '--only'],
    [['stop', '--json', 'redis'], '--json'],
    [['stop'], 'Which services'],
    [['status', 'redis'], 'redis'],
    [['status', '--detach'], '--detach'],
  ])('%p is refused before anything is done', (args, problem) => {
    expect(() => readCommandLine(args)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(problem) }),
    );
  });
});
