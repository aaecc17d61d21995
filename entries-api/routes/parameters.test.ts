/** How long a caller is taken to want to wait, by its `Prefer` (RFC 7240). */
import { expect, test } from '@jest/globals';
import { readWaitMs } from './parameters.ts';

test.each([
  ['wait=2', 2_000],
  ['wait=10', 10_000],
  ['wait=11', 10_000],
  ['wait=1000', 10_000],
  [`wait=${'9'.repeat(30)}`, 10_000],
  ['respond-async, WAIT = "3"; x=y', 3_000],
  ['wait=0', 0],
  ['wait=0.5', 0],
  ['wait=-1', 0],
  ['wait=', 0],
  ['await=2', 0],
  ['respond-async', 0],
])('%s: %d ms', (prefer, waitMs) => expect(readWaitMs({ prefer })).toBe(waitMs));

test('nobody waits without it', () => expect(readWaitMs({})).toBe(0));
