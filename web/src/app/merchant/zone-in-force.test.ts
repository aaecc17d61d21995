import { expect, test } from 'vitest';
import { instantOf } from '../entry/entry-form.ts';
import { zoneInForce } from './zone-in-force.ts';

const merchant = {
  calendar: [
    { effectiveFrom: '2020-01-01', zone: 'America/Sao_Paulo', cutoffMinutes: 0 },
    { effectiveFrom: '2026-12-05', zone: 'America/Manaus', cutoffMinutes: 0 },
  ],
};

test('a zone that is still to come is not on the wall yet, and is from the start of its first day on', () => {
  const zones = ['2026-11-26T12:00:00Z', '2026-12-05T03:59:59Z', '2026-12-05T04:00:00Z'].map((instant) =>
    zoneInForce(merchant, Date.parse(instant)),
  );
  expect(zones).toEqual(['America/Sao_Paulo', 'America/Sao_Paulo', 'America/Manaus']);
});

test('a time that is typed while a zone is to come stays on the day it was typed for', () => {
  const zone = zoneInForce(merchant, Date.parse('2026-11-27T12:00:00Z'));
  expect(instantOf('2026-11-26T23:30', zone)).toBe('2026-11-27T02:30:00.000Z');
});
