/**
 * Conformance of the fold: histories stamped over days and months, with everything that goes wrong in real life, go through
 * `fluxo fold` in transactions of several sizes; the contract's own recount must find no difference, every hash recomputed
 * from its bytes. Needs python3 and the oracle beside the checkout; no server.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fluxoToFile } from '../../testing/fluxo-command.ts';
import { compareWithOracle, generateHistory, hasOracle, saved } from '../../testing/oracle.ts';

const NOW_MS = 1_795_000_000_000;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluxo-fold-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const histories = [
  { seed: 11, merchants: 8, entries: 2_000, spreadDays: 5, days: 5, trouble: 0.2 },
  { seed: 12, merchants: 20, entries: 3_000, spreadDays: 60, days: 20, trouble: 0.5 },
  { seed: 13, merchants: 5, entries: 3_000, spreadDays: 120, days: 60, trouble: 0.8 },
  { seed: 14, merchants: 3, entries: 2_500, spreadDays: 500, days: 30, trouble: 0.6 },
  { seed: 15, merchants: 40, entries: 3_000, spreadDays: 0.01, days: 40, trouble: 0.9 },
] as const;

(hasOracle ? describe : describe.skip)('the fold equals the oracle', () => {
  test.each(histories)(
    'seed $seed over $spreadDays days',
    async (history) => {
      const text = await generateHistory({ ...history, nowMs: NOW_MS });
      const dump = await saved(join(folder, `${history.seed}.jsonl`), text);
      for (const batch of ['1', '7', '1000']) {
        const outputs = join(folder, `${history.seed}-${batch}.jsonl`);
        await fluxoToFile(outputs, ['fold', dump, '--raw', '--batch', batch]);
        expect(await compareWithOracle(dump, [outputs])).toMatch(/: 0 differences$/);
      }
    },
    120_000,
  );
});
