/** Tokens are kept for half of their life, fetched once for all who ask at the same time, and a failure is nobody's for longer than its request. */
import { expect, test } from '@jest/globals';
import { renewed } from './renewed-token.ts';

/** A provider whose tokens are numbered, and a clock that is set by hand. */
function numbered() {
  const at = { nowMs: 0, fetched: 0, isAway: false };
  const access = renewed(
    async () => {
      at.fetched += 1;
      if (at.isAway) throw new Error('nobody answers');
      return `token-${at.fetched}`;
    },
    () => at.nowMs,
  );
  return { at, access };
}

test('one token serves five minutes, whoever asks', async () => {
  const { at, access } = numbered();
  const answers = await Promise.all([access(), access()]);
  at.nowMs = 300_000;
  expect([...answers, await access()]).toEqual(
    Array.from({ length: 3 }, () => ({ authorization: 'Bearer token-1' })),
  );
});

test('then there is a new one', async () => {
  const { at, access } = numbered();
  await access();
  at.nowMs = 300_001;
  expect(await access()).toEqual({ authorization: 'Bearer token-2' });
});

test('a provider that does not answer is asked again by the next who comes', async () => {
  const { at, access } = numbered();
  at.isAway = true;
  await expect(Promise.all([access(), access()])).rejects.toThrow('nobody answers');
  at.isAway = false;
  expect(await access()).toEqual({ authorization: 'Bearer token-2' });
});
