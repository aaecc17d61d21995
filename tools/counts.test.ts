/** Whatever a step does, its failure must show in the closing line: CI reads nothing else. */
import { describe, expect, test } from '@jest/globals';
import { afterSecondTry, closingLine, countsOf, secondTryOf } from './counts.js';

const reported = { passed: 7, failed: 0, skipped: 2 };

describe('what a step adds to the sum', () => {
  test.each([
    ['a check that is fine', false, { isOk: true, reported: undefined }, '1 passed, 0 failed'],
    ['a check that is not', false, { isOk: false, reported: undefined }, '0 passed, 1 failed'],
    ['a test run that is fine', true, { isOk: true, reported }, '7 passed, 0 failed, 2 skipped'],
    [
      'a test run with failures',
      true,
      { isOk: false, reported: { ...reported, failed: 3 } },
      '7 passed, 3 failed, 2 skipped',
    ],
    ['all tests pass, yet it ended badly', true, { isOk: false, reported }, '7 passed, 1 failed, 2 skipped'],
    ['it crashed before it reported', true, { isOk: false, reported: undefined }, '0 passed, 1 failed'],
    ['it ended well and reported nothing', true, { isOk: true, reported: undefined }, '0 passed, 1 failed'],
  ])('%s', (_name, isTestRun, outcome, line) => {
    expect(closingLine(countsOf(isTestRun, outcome))).toBe(line);
  });
});

describe('a second try', () => {
  test('is for few files that failed, not for a run that is broken', () => {
    expect(secondTryOf({ ...reported, failedFiles: ['a', 'b', 'c'] })).toEqual(['a', 'b', 'c']);
    expect(secondTryOf({ ...reported, failedFiles: ['a', 'b', 'c', 'd'] })).toBeNull();
    expect(secondTryOf({ ...reported, failedFiles: [] })).toBeNull();
    expect(secondTryOf(reported)).toBeNull();
  });

  test('what fails again has failed, what passes has passed', () => {
    const first = { passed: 300, failed: 2, skipped: 1 };
    expect(afterSecondTry(first, { passed: 9, failed: 0, skipped: 0 })).toEqual({
      passed: 302,
      failed: 0,
      skipped: 1,
    });
    expect(afterSecondTry(first, { passed: 8, failed: 1, skipped: 0 })).toEqual({
      passed: 301,
      failed: 1,
      skipped: 1,
    });
    expect(afterSecondTry(first, { passed: 0, failed: 5, skipped: 0 })).toEqual({
      passed: 300,
      failed: 5,
      skipped: 1,
    });
  });
});
