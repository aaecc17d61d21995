import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { forEachAtOnce } from './at-once.ts';

/** Takes so many turns of the event loop, and tells of its beginning and end. */
function work(story: string[], failing: Readonly<Record<string, number>> = {}) {
  return async (name: string, isEnding: () => boolean) => {
    story.push(`+${name}`);
    for (let turns = 0; turns < name.length; turns++) {
      if (failing[name] === turns) throw new Error(`${name} failed`);
      if (isEnding()) throw new Error(`${name} was ended`);
      await turn();
    }
    story.push(`-${name}`);
  };
}

describe('work at once', () => {
  test('is begun in order, never more than the limit, and all of it is done', async () => {
    const story: string[] = [];
    await forEachAtOnce(['aaaa', 'b', 'cc', 'd'], 2, work(story));
    expect(story).toEqual(['+aaaa', '+b', '-b', '+cc', '-cc', '+d', '-aaaa', '-d']);
  });

  test('there may be less of it than the limit, or none', async () => {
    const story: string[] = [];
    await forEachAtOnce(['a'], 2, work(story));
    await forEachAtOnce([], 2, work(story));
    expect(story).toEqual(['+a', '-a']);
  });

  test('that fails ends the rest: the first failure is thrown, when nothing is under way any more', async () => {
    const story: string[] = [];
    const running = forEachAtOnce(['aaaaaa', 'bbb', 'c'], 2, work(story, { bbb: 1 }));
    await expect(running).rejects.toThrow('bbb failed');
    expect(story).toEqual(['+aaaaaa', '+bbb']);
    await turn();
    expect(story).toHaveLength(2);
  });

  test('waits for what is under way before it throws', async () => {
    let isDone = false;
    const running = forEachAtOnce(['fails', 'goes on'], 2, async (name) => {
      if (name === 'fails') throw new Error('at once');
      for (let turns = 0; turns < 5; turns++) await turn();
      isDone = true;
    });
    await expect(running).rejects.toThrow('at once');
    expect(isDone).toBe(true);
  });
});
