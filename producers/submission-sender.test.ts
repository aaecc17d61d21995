import { expect, test } from '@jest/globals';
import { Delivery } from './submission-sender.ts';

function requests(...sizes: readonly number[]) {
  return sizes.map((size, merchant) => ({
    key: Buffer.from(`m${merchant}`),
    values: Array.from({ length: size }, (_, n) => Buffer.from(String(n))),
  }));
}

test('an attempt that failed is repeated for what was not acknowledged, in the same requests', async () => {
  const sent: string[] = [];
  let failing = true;
  const delivery = new Delivery(requests(1_200, 3), async (messages) => {
    const [first, last] = [messages[0]?.value.toString(), messages.at(-1)?.value.toString()];
    const request = `${messages[0]?.key.toString()} ${first}-${last}`;
    if (failing && request === 'm0 500-999') throw new Error('no leader');
    sent.push(request);
  });
  await expect(delivery.attempt()).rejects.toThrow('no leader');
  expect(sent).toEqual(['m0 0-499', 'm1 0-2']);
  failing = false;
  await delivery.attempt();
  expect(sent).toEqual(['m0 0-499', 'm1 0-2', 'm0 500-999', 'm0 1000-1199']);
  await delivery.attempt();
  expect(sent).toHaveLength(4);
});
