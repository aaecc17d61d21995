import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toInstant } from './text-forms.ts';

test('an instant is written as Date writes it', () => {
  const min = Date.parse('0001-01-01T00:00:00.000Z');
  const max = Date.parse('9999-12-31T23:59:59.999Z');
  const instants = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, -1, 0, 1, 86_399_999));
  fc.assert(
    fc.property(instants, (epochMs) => expect(toInstant(epochMs)).toBe(new Date(epochMs).toISOString())),
    { numRuns: 1_000 },
  );
});
