/** How the outcome of test runs and checks adds up, and the one line that says it. Runs on Node 20: `npm test` starts there. */

/**
 * What a step adds to the sum. A check counts as one. A test run that ended badly without naming a failed test (it crashed, or
 * never reported) counts as one failure, so that nothing fails in silence.
 */
export function countsOf(isTestRun, { isOk, reported }) {
  if (!isTestRun) return { passed: isOk ? 1 : 0, failed: isOk ? 0 : 1, skipped: 0 };
  const counts = reported ?? { passed: 0, failed: 0, skipped: 0 };
  const isSilent = counts.failed === 0 && (!isOk || reported === undefined);
  return isSilent ? { ...counts, failed: 1 } : counts;
}

/** More failed files than this at once are no coincidence. */
const SECOND_TRY_FILES_MAX = 3;

/** The files to run once more; null if none failed, or more than a coincidence explains. */
export function secondTryOf({ failedFiles = [] }) {
  return failedFiles.length > 0 && failedFiles.length <= SECOND_TRY_FILES_MAX ? failedFiles : null;
}

/** What stands when the files that failed were run once more: what failed then has failed, and what passed then has passed. */
export function afterSecondTry(first, second) {
  return {
    ...first,
    passed: first.passed + Math.max(0, first.failed - second.failed),
    failed: second.failed,
  };
}

/** `N passed, N failed`, and `, N skipped` if any were. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
