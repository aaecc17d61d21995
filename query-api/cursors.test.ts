import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Cursors } from './cursors.ts';

const binding = ['somebody', 'entries', 'm-1', { kind: 'SALE', text: null }];

describe('a cursor', () => {
  test('says its place to whoever has the secret, in any process', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (ledgerSeq) => {
        const cursor = new Cursors('a').seal(binding, ledgerSeq);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]{32}$/);
        expect(new Cursors('a').open(binding, cursor)).toBe(ledgerSeq);
      }),
    );
  });

  test('counts for nothing else, and not under another secret', () => {
    const cursor = new Cursors('a').seal(binding, 7);
    const [somebody, entries, merchantId, filter] = binding;
    for (const other of [
      ['nobody', entries, merchantId, filter],
      [null, entries, merchantId, filter],
      [somebody, 'explanation', merchantId, filter],
      [somebody, entries, 'm-2', filter],
      [somebody, entries, merchantId, { kind: null, text: 'SALE' }],
      [somebody, entries, merchantId],
    ])
      expect(() => new Cursors('a').open(other, cursor)).toThrow(
        expect.objectContaining({ code: 'cursor-invalid' }),
      );
    expect(() => new Cursors('b').open(binding, cursor)).toThrow(
      expect.objectContaining({ code: 'cursor-invalid' }),
    );
  });

  test('that was changed anywhere, cut or lengthened is refused', () => {
    const cursors = new Cursors('a');
    const cursor = cursors.seal(binding, 7);
    const changed = cursor
      .split('')
      .map(
        (letter, place) => cursor.slice(0, place) + (letter === 'A' ? 'B' : 'A') + cursor.slice(place + 1),
      );
    for (const wrong of [
      ...changed,
      '',
      'A',
      cursor.slice(1),
      cursor.slice(0, -1),
      `${cursor}A`,
      `${cursor}==`,
    ])
      expect(() => cursors.open(binding, wrong)).toThrow(expect.objectContaining({ code: 'cursor-invalid' }));
  });
});
