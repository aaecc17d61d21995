import { describe, expect, jest, test } from '@jest/globals';
import { logOf, MemorySystem } from '../testing/audited-system.ts';
import { generateSubmissions } from '../testing/submission-generator.ts';

/** Whole histories are judged, also on a machine with other things to do. */
jest.setTimeout(60_000);

const histories = [
  { seed: 1, count: 1_500, merchants: 4, days: 3 },
  { seed: 2, count: 2_000, merchants: 6, days: 40 },
  { seed: 3, count: 2_000, merchants: 3, days: 160 },
  { seed: 4, count: 1_500, merchants: 6, days: 500 },
] as const;

describe('the judge and the production topology agree', () => {
  test.each(histories)('seed $seed over $days days', async (history) => {
    const system = await MemorySystem.of(logOf(generateSubmissions(history)));
    const { counts, differences } = await system.audit();
    expect(differences.kept.slice(0, 5)).toEqual([]);
    expect(differences.count).toBe(0);
    expect(counts.submissions).toBe(history.count + history.merchants);
    expect(counts.counted + counts.duplicates + counts.rejected).toBe(counts.submissions);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
  });
});
