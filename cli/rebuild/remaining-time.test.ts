import { describe, expect, test } from '@jest/globals';
import { remainingText } from './remaining-time.ts';

describe('the time left', () => {
  test.each([
    [{ done: 0, total: 100, elapsedMs: 5_000 }, ''],
    [{ done: 25, total: 100, elapsedMs: 10_000 }, 'about 30 s left'],
    [{ done: 1, total: 100, elapsedMs: 1_000 }, 'about 99 s left'],
    [{ done: 1, total: 1_000, elapsedMs: 1_000 }, 'about 17 min left'],
    [{ done: 100, total: 100, elapsedMs: 10_000 }, 'nearly done'],
  ])('of %p is %j', (pace, text) => {
    expect(remainingText(pace)).toBe(text);
  });
});
