import { spanLag } from '@fluxo/pipeline';
import { describe, expect, test } from '@jest/globals';
import { captureTerminal } from '../captured-terminal.ts';
import { runCli } from '../run-cli.ts';
import { lagText } from './lag.ts';

const span = { topic: 't', partition: 3, from: 10, to: 50 };
const at = (offset: number) => new Map([['t', new Map([[3, offset]])]]);

describe('what is left of a partition', () => {
  test.each([
    ['all of it where nothing was committed', new Map(), { from: 10, to: 50 }],
    ['what retention has left of what was not read', at(4), { from: 10, to: 50 }],
    ['from the committed offset on', at(30), { from: 30, to: 50 }],
    ['nothing where the group stands at the end', at(50), { from: 50, to: 50 }],
    ['nothing where the group went on after the end was asked for', at(60), { from: 50, to: 50 }],
  ])('is %s', (_, positions, left) => {
    expect(spanLag(span, positions)).toEqual({ ...span, ...left });
  });
});

describe('lag for people', () => {
  test('shows every group, and below it the partitions that are behind', () => {
    const caughtUp = { partition: 0, committed: 7, end: 7, behind: 0, seconds: null };
    const late = { partition: 1, committed: 3, end: 15, behind: 12, seconds: 95 };
    const new_ = { partition: 2, committed: null, end: 1, behind: 1, seconds: null };
    const groups = [
      { group: 'one', topic: 'a', behind: 13, seconds: 95, partitions: [caughtUp, late, new_] },
      { group: 'two', topic: 'b', behind: 0, seconds: null, partitions: [caughtUp] },
    ];
    expect(lagText(groups).join('\n')).toBe(
      [
        'group          topic    committed  end  behind  oldest',
        'one            a                            13    95 s',
        '  partition 1                   3   15      12    95 s',
        '  partition 2         nothing yet    1       1       -',
        'two            b                             0       -',
      ].join('\n'),
    );
  });

  test.each([
    [['lag', '--every', '0'], 'a whole number from 1'],
    [['tail'], "missing required argument 'topic'"],
    [['tail', 'ledger', '--from', 'yesterday'], 'It must be beginning, end, an offset'],
    [['tail', 'ledger', '--from', '2026-03-09'], 'It must be beginning, end, an offset'],
    [['tail', 'ledger', '-n', '0'], 'a whole number from 1'],
    [['tail', 'ledger', '--merchant', 'a b'], 'A merchant id has'],
  ])('%p is wrong usage', async (args, problem) => {
    const terminal = captureTerminal();
    expect(await runCli(args, terminal)).toBe(2);
    expect(terminal.errors()).toContain(problem);
    expect(terminal.output()).toBe('');
  });
});
