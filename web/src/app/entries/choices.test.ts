import { expect, test } from 'vitest';
import { wordOf } from './choices.ts';
import { anEntry } from './entries.fixture.ts';

test('a transfer is called by its purpose, everything else by its kind', () => {
  const transfer = { ...anEntry(1), kind: 'TRANSFER', purpose: 'SANGRIA' };
  expect(wordOf(transfer)).toBe('purpose.SANGRIA');
  expect(wordOf({ ...transfer, purpose: null })).toBe('kind.TRANSFER');
  expect(wordOf({ ...anEntry(1), kind: 'REVERSAL', purpose: 'SANGRIA' })).toBe('kind.REVERSAL');
});
