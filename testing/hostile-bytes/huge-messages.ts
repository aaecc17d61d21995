/**
 * Messages near and beyond the greatest size: a text of a hundred kilobytes, a list of thousands, the smallest thing repeated
 * to the brim. Here a decoder that does too much work for each byte would be felt.
 */
import { VALUE_BYTES_MAX } from '@fluxo/schemas';
import { varint } from './hostile-parts.ts';
import type { Message, Mutation } from './mutations.ts';

/** Room beyond the limit, so that some are too long. */
const BYTES_MAX = VALUE_BYTES_MAX + 4_096;

const fills = ['00', '02', '0200', '0102', '8001', 'ff', '04', 'c3a9', '80'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

function longText({ bytes, spans }: Message, length: number): Buffer | undefined {
  const lengths = spans.filter(({ kind }, index) => kind === 'length' && spans[index + 1]?.kind === 'text');
  const part = lengths.at(-1);
  if (part === undefined) return undefined;
  const behind = spans[spans.indexOf(part) + 1] ?? part;
  const head = bytes.subarray(0, part.at);
  return Buffer.concat([head, varint(BigInt(length)), Buffer.alloc(length, 'x'), bytes.subarray(behind.end)]);
}

/** The items of the last list that has any, over and over. */
function longList({ bytes, spans }: Message, length: number): Buffer | undefined {
  const counts = spans.filter(({ kind }) => kind === 'count');
  const [count, next] = [counts.at(-2), counts.at(-1)];
  if (count === undefined || next === undefined || count.end - count.at > 1) return undefined;
  const items = bytes.subarray(count.end, next.at);
  const times = Math.floor(length / Math.max(1, items.length));
  const total = varint(BigInt(times * ((bytes[count.at] as number) >>> 1)));
  const repeated = Buffer.alloc(times * items.length, items.length > 0 ? items : 0);
  return Buffer.concat([bytes.subarray(0, count.at), total, repeated, bytes.subarray(next.at)]);
}

export const huge: Mutation = (message, { chance }) => {
  const length = chance.below(BYTES_MAX);
  const made = chance.pick([longText, longList, () => undefined])(message, length);
  return made ?? Buffer.concat([message.bytes.subarray(0, 5), Buffer.alloc(length, chance.pick(fills))]);
};
