import type { MerchantBody } from '@fluxo/schemas';
import { describe, expect, test } from 'vitest';
import { previewOf } from './calendar-preview.ts';

const merchant = {
  calendar: [
    { effectiveFrom: '2020-01-01', zone: 'America/Sao_Paulo', cutoffMinutes: 0 },
    { effectiveFrom: '2026-12-10', zone: 'America/Sao_Paulo', cutoffMinutes: 60 },
  ],
  closedThrough: '2026-11-25',
} as unknown as MerchantBody;
const change = { zone: 'America/Sao_Paulo', cutoffMinutes: 240, effectiveFrom: '2026-11-28' };

describe('which days change', () => {
  test('those from the start of the change on; the day before it grows longer', () => {
    const preview = previewOf(merchant, '2026-11-26', change);
    expect(preview).toMatchObject({ kind: 'change', fixedThrough: '2026-11-26' });
    expect(preview.kind === 'change' ? preview.days.slice(0, 4) : []).toEqual([
      {
        date: '2026-11-26',
        before: '2026-11-26T03:00:00.000Z',
        after: '2026-11-26T03:00:00.000Z',
        isMoved: false,
        lengthMinutes: 1_440,
      },
      {
        date: '2026-11-27',
        before: '2026-11-27T03:00:00.000Z',
        after: '2026-11-27T03:00:00.000Z',
        isMoved: false,
        lengthMinutes: 1_680,
      },
      {
        date: '2026-11-28',
        before: '2026-11-28T03:00:00.000Z',
        after: '2026-11-28T07:00:00.000Z',
        isMoved: true,
        lengthMinutes: 1_440,
      },
      {
        date: '2026-11-29',
        before: '2026-11-29T03:00:00.000Z',
        after: '2026-11-29T07:00:00.000Z',
        isMoved: true,
        lengthMinutes: 1_440,
      },
    ]);
  });

  test('none when zone and cut-off are what stands, whatever was still pending', () => {
    expect(previewOf(merchant, '2026-11-26', { ...change, cutoffMinutes: 0 })).toEqual({ kind: 'same' });
  });

  test('the past never: not today, not a day that is closed', () => {
    expect(previewOf(merchant, '2026-11-26', { ...change, effectiveFrom: '2026-11-26' })).toEqual({
      kind: 'forbidden',
      fixedThrough: '2026-11-26',
    });
    const closed = { ...merchant, closedThrough: '2026-11-28' };
    expect(previewOf(closed, '2026-11-26', change)).toEqual({
      kind: 'forbidden',
      fixedThrough: '2026-11-28',
    });
  });
});
