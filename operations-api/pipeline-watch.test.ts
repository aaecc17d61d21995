/** What the service remembers of its looks: so many and no more, gaps where none succeeded, groups that came later. */
import { describe, expect, test } from '@jest/globals';
import type { Look } from './look.ts';
import { PipelineWatch } from './pipeline-watch.ts';

const lagOf = (group: string, behind: number, seconds: number | null = null) => ({
  group,
  topic: 't',
  behind,
  seconds,
  partitions: [],
});

/** A watch over these looks; an error is one that fails. */
function watchOver(looks: readonly (Look | Error)[]) {
  const left = [...looks];
  const failures: unknown[] = [];
  const watch = new PipelineWatch({
    look: async () => {
      const next = left.shift();
      if (next instanceof Error || next === undefined) throw next ?? new Error('no look is left');
      return next;
    },
    everyMs: 10_000,
    samplesMax: 2,
    reportFailure: (error) => failures.push(error),
  });
  return { watch, failures };
}

describe('the last hour', () => {
  test('begins with the first look that succeeds', async () => {
    const away = new Error('away');
    const { watch, failures } = watchOver([away, { atMs: 0, topics: [], groups: [lagOf('a', 3, 7)] }]);
    await watch.look();
    expect([watch.body, failures]).toEqual([null, [away]]);
    await watch.look();
    expect(watch.body).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      topics: [],
      groups: [lagOf('a', 3, 7)],
      history: {
        everySeconds: 10,
        at: ['1970-01-01T00:00:00.000Z'],
        groups: [{ group: 'a', behind: [3], seconds: [7] }],
      },
    });
  });

  test('holds so many samples and no more, none of a look that failed, and nothing of a group before it was there', async () => {
    const { watch } = watchOver([
      { atMs: 0, topics: [], groups: [lagOf('a', 1)] },
      { atMs: 10_000, topics: [], groups: [lagOf('a', 2)] },
      new Error('away'),
      { atMs: 30_000, topics: [], groups: [lagOf('a', 4), lagOf('b', 9, 1)] },
    ]);
    for (let count = 0; count < 4; count += 1) await watch.look();
    expect(watch.body?.history).toEqual({
      everySeconds: 10,
      at: ['1970-01-01T00:00:10.000Z', '1970-01-01T00:00:30.000Z'],
      groups: [
        { group: 'a', behind: [2, 4], seconds: [null, null] },
        { group: 'b', behind: [null, 9], seconds: [null, 1] },
      ],
    });
  });

  test('ends when it is told to', async () => {
    const { watch } = watchOver([{ atMs: 0, topics: [], groups: [] }]);
    const running = watch.run();
    while (watch.body === null) await new Promise((resolve) => setImmediate(resolve));
    watch.end();
    await expect(running).resolves.toBeUndefined();
  });
});
