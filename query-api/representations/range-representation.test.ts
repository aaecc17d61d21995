import { expect, test } from '@jest/globals';
import type { DayRepresentation } from './day-representations.ts';
import { rangeRepresentation } from './range-representation.ts';

function aDay(revision: number, zone: string): DayRepresentation {
  const body = JSON.stringify({ zone });
  const etag = `"${revision}"`;
  return { body, bodyBytes: Buffer.byteLength(body), etag, revision, recordedAt: `of ${revision}` };
}

test('the days stand in it byte for byte, also where a character takes several', () => {
  const zones = ['America/São_Paulo', 'UTC', '日本', '💶'];
  const days = zones.map((zone, index) => aDay(index, zone));
  const { body } = rangeRepresentation('m-1', { from: 0, to: 3 }, days);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  const expected = {
    merchantId: 'm-1',
    from: '1970-01-01',
    to: '1970-01-04',
    days: zones.map((zone) => ({ zone })),
  };
  expect(text).toBe(JSON.stringify(expected));
});

test('it shows the greatest revision among its days, and when that was recorded', () => {
  const days = [aDay(3, 'UTC'), aDay(9, 'UTC'), aDay(5, 'UTC')];
  expect(rangeRepresentation('m-1', { from: 0, to: 2 }, days)).toMatchObject({
    revision: 9,
    recordedAt: 'of 9',
  });
});
