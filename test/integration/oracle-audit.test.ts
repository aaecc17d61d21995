/**
 * Three programs, one contract: histories of the oracle's own generator, with everything that goes wrong in real life, go through the
 * production topology in memory, and the audit's recount must agree with it in every field (`oracle-fold.test.ts` shows that the
 * oracle does). Needs python3 and the oracle beside the checkout; no server.
 */
import { fromJsonForm, isRecordName } from '@fluxo/kafka';
import { PARTITIONS_DEFAULT } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import type { FoldInput } from '../../streams/index.ts';
import { codecs, MemorySystem } from '../../testing/audited-system.ts';
import { generateHistory, hasOracle } from '../../testing/oracle.ts';

const NOW_MS = 1_795_000_000_000;

type Line = {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly type: string | null;
  readonly value: unknown;
};

/** The line as a record of the log; what the generator means to be undecodable is. */
function recordOf(text: string): FoldInput {
  const { partition, offset, timestamp: timestampMs, key, type, value } = JSON.parse(text) as Line;
  const bytes = isRecordName(type)
    ? Buffer.from(codecs.submissions.encode(type, fromJsonForm(type, value)))
    : Buffer.from('not in the dump');
  return {
    partition,
    record: { offset, timestampMs, key: key === null ? null : Buffer.from(key), value: bytes },
  };
}

const histories = [
  { seed: 11, merchants: 8, entries: 2_000, spreadDays: 5, days: 5, trouble: 0.2 },
  { seed: 12, merchants: 20, entries: 3_000, spreadDays: 60, days: 20, trouble: 0.5 },
  { seed: 13, merchants: 5, entries: 3_000, spreadDays: 120, days: 60, trouble: 0.8 },
  { seed: 14, merchants: 3, entries: 2_500, spreadDays: 500, days: 30, trouble: 0.6 },
  { seed: 15, merchants: 40, entries: 3_000, spreadDays: 0.01, days: 40, trouble: 0.9 },
] as const;

(hasOracle ? describe : describe.skip)('the audit agrees on the oracle’s histories', () => {
  test.each(histories)(
    'seed $seed over $spreadDays days',
    async (history) => {
      const text = await generateHistory({ ...history, nowMs: NOW_MS });
      const input = text.split('\n').filter(Boolean).map(recordOf);
      const system = await MemorySystem.of(input, input, PARTITIONS_DEFAULT);
      const { counts, differences } = await system.audit();
      expect(differences.kept.slice(0, 5)).toEqual([]);
      expect(differences.count).toBe(0);
      expect(counts.submissions).toBe(input.length);
      expect(Math.min(counts.counted, counts.duplicates, counts.rejected)).toBeGreaterThan(0);
    },
    120_000,
  );
});
