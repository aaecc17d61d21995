/**
 * Leaves the counts of a vitest run where `FLUXO_COUNTS_FILE` says, as jest's reporter does, so that `npm test` adds up one closing line.
 * A file that could not load, and an error outside of any test, count as one failure each. Vitest asks for a default export.
 */
import { writeFileSync } from 'node:fs';

export default class VitestCountsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.FLUXO_COUNTS_FILE;
    if (!file) return;
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
    }
    writeFileSync(file, JSON.stringify(counts));
  }
}
