import type { MerchantBody } from '@fluxo/schemas';
import { describe, expect, test } from 'vitest';
import { calendarToState, type Preview, previewOf } from './calendar-preview.ts';

const first = { effectiveFrom: '2020-01-01', zone: 'America/Sao_Paulo', cutoffMinutes: 0 };
const pending = { effectiveFrom: '2026-12-10', zone: 'America/Sao_Paulo', cutoffMinutes: 60 };
const merchant = { calendar: [first], closedThrough: '2026-11-25' } as unknown as MerchantBody;
const withPending = { ...merchant, calendar: [first, pending] };
const change = { zone: 'America/Sao_Paulo', cutoffMinutes: 240, effectiveFrom: '2026-11-28' };

const datesIn = (preview: Preview) => (preview.kind === 'change' ? preview.days.map(({ date }) => date) : []);
const movedIn = (preview: Preview) =>
  preview.kind === 'change' ? preview.days.filter(({ isMoved }) => isMoved).map(({ date }) => date) : [];

describe('which days change', () => {
  test('those from the start of the change on; the day before it grows longer', () => {
    const preview = previewOf(merchant, '2026-11-26', change);
    expect(preview).toMatchObject({
      kind: 'change',
      fixedThrough: '2026-11-26',
      from: '2026-11-28',
      fallsAway: [],
    });
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

  test('none when zone and cut-off are what stands, from whatever day', () => {
    expect(previewOf(merchant, '2026-11-26', { ...change, cutoffMinutes: 0 })).toEqual({ kind: 'same' });
  });

  test('none when what was planned is stated again', () => {
    expect(previewOf(withPending, '2026-11-26', pending)).toEqual({ kind: 'same' });
  });

  test('those of a planned change that is not stated again: it falls away', () => {
    const preview = previewOf(withPending, '2026-11-26', { ...change, cutoffMinutes: 0 });
    expect(preview).toMatchObject({ kind: 'change', from: '2026-12-10', fallsAway: [pending] });
    expect(movedIn(preview)).toEqual(['2026-12-10', '2026-12-11', '2026-12-12', '2026-12-13']);
    expect(preview.kind === 'change' ? preview.days[2] : null).toMatchObject({
      before: '2026-12-10T04:00:00.000Z',
      after: '2026-12-10T03:00:00.000Z',
    });
  });

  test('those of both when another change takes the place of the planned one, against the calendar as it was planned', () => {
    const preview = previewOf(withPending, '2026-11-26', { ...pending, effectiveFrom: '2026-12-12' });
    expect(preview).toMatchObject({ kind: 'change', from: '2026-12-10', fallsAway: [pending] });
    expect(movedIn(preview)).toEqual(['2026-12-10', '2026-12-11']);
    expect(datesIn(preview)).toEqual([
      '2026-12-08',
      '2026-12-09',
      '2026-12-10',
      '2026-12-11',
      '2026-12-12',
      '2026-12-13',
      '2026-12-14',
      '2026-12-15',
    ]);
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

describe('the calendar that the form states until somebody changes it', () => {
  test('is the one in force, from the first day that may be another', () => {
    expect(calendarToState(merchant, '2026-11-26')).toEqual({ ...first, effectiveFrom: '2026-11-27' });
    const closed = { ...merchant, closedThrough: '2026-11-28' };
    expect(calendarToState(closed, '2026-11-26')).toEqual({ ...first, effectiveFrom: '2026-11-29' });
  });

  test('is the planned one with its own first day: a configuration states the whole future', () => {
    expect(calendarToState(withPending, '2026-11-26')).toEqual(pending);
  });

  test('is no longer planned on its first day', () => {
    expect(calendarToState(withPending, '2026-12-10')).toEqual({ ...pending, effectiveFrom: '2026-12-11' });
  });

  test('is never planned where it is the first: that one is in force from ever', () => {
    const early = { ...merchant, calendar: [{ ...first, effectiveFrom: '2027-01-01' }] };
    expect(calendarToState(early, '2026-11-26')).toEqual({ ...first, effectiveFrom: '2026-11-27' });
  });
});
