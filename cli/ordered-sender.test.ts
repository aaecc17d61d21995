import { describe, expect, test } from '@jest/globals';
import { BATCH_BYTES_MAX, bytesOf, type Message, OrderedSender } from './ordered-sender.ts';

function message(number: number, size = 10): Message {
  const value = Buffer.alloc(size);
  value.writeUInt32BE(number);
  return { key: null, value, partition: number % 3 };
}

/** A cluster that takes its time and keeps what it got; `failAt` makes that batch fail. */
function cluster(failAt = Number.POSITIVE_INFINITY) {
  const batches: number[][] = [];
  let inFlight = 0;
  const send = async (messages: readonly Message[]) => {
    inFlight += 1;
    expect(inFlight).toBe(1);
    expect(messages.reduce((sum, each) => sum + bytesOf(each), 0)).toBeLessThanOrEqual(
      BATCH_BYTES_MAX + bytesOf(message(0)),
    );
    await new Promise((resolve) => setImmediate(resolve));
    inFlight -= 1;
    if (batches.length === failAt) throw new Error('broker gone');
    batches.push(messages.map(({ value }) => value.readUInt32BE()));
  };
  return { batches, send };
}

async function submit(sender: OrderedSender, count: number, size?: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const next = message(number, size);
    await sender.room(bytesOf(next));
    sender.add(next);
    if (number % 7 === 0) sender.push();
  }
}

describe('sending in order', () => {
  test('loses nothing, doubles nothing and keeps the order, one batch at a time', async () => {
    const { batches, send } = cluster();
    const sender = new OrderedSender(send);
    await submit(sender, 25_000, 100);
    await sender.flush();
    expect(batches.flat()).toEqual(Array.from({ length: 25_000 }, (_, number) => number));
    expect(batches.length).toBeGreaterThan(2);
    expect(sender.acknowledged).toBe(25_000);
  });

  test('sends what has gathered although nothing else comes', async () => {
    const { batches, send } = cluster();
    const sender = new OrderedSender(send);
    sender.add(message(0));
    sender.push();
    sender.add(message(1));
    sender.push();
    while (sender.acknowledged < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toEqual([[0], [1]]);
  });

  test('stops at the first failure and says how much was acknowledged', async () => {
    const { batches, send } = cluster(2);
    const sender = new OrderedSender(send);
    await expect(submit(sender, 60_000, 100).then(() => sender.flush())).rejects.toThrow('broker gone');
    expect(batches).toHaveLength(2);
    expect(sender.acknowledged).toBe(batches.flat().length);
    await expect(sender.flush()).rejects.toThrow('broker gone');
    sender.push();
    expect(batches).toHaveLength(2);
  });

  test('a message too big for company travels alone', async () => {
    const { batches, send } = cluster();
    const sender = new OrderedSender(send);
    await submit(sender, 3, BATCH_BYTES_MAX - 40);
    await sender.flush();
    expect(batches).toEqual([[0], [1], [2]]);
  });
});
