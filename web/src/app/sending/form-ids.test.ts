import { expect, test } from 'vitest';
import type { Command } from './command.ts';
import { draftToCorrect } from './form-ids.ts';

const refused = (code: string): Command => ({
  id: 'x',
  idempotencyKey: 'key',
  kind: 'entry',
  merchantId: 'padaria',
  method: 'POST',
  path: '/entries',
  body: { entryId: 'x' },
  amountMinor: 100,
  currency: 'BRL',
  about: 'SALE',
  madeAt: '2026-11-27T10:00:00.000Z',
  state: { name: 'refused', code, detail: null },
});

test('a correction has a new key, and the id of what was refused only where that is free', () => {
  const free = draftToCorrect(refused('day-closed'));
  expect(free).toEqual({ id: 'x', idempotencyKey: expect.any(String), values: null });
  expect(free.idempotencyKey).not.toBe('key');
  for (const code of ['duplicate', 'duplicate-mismatch', 'idempotency-key-reused', 'stale-submission'])
    expect(draftToCorrect(refused(code)).id).not.toBe('x');
});
