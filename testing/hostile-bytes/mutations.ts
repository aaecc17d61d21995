/**
 * How a valid message is damaged: blindly, as a broken disk or wire would do it, and knowingly, where its numbers, texts and
 * counts stand. Each mutation takes a message and gives another; most are no longer messages, some still are, and which is
 * which is not for this file to know.
 */
import type { Chance } from './chance.ts';
import { hostileNumbers, hostileSchemaIds, hostileTexts, varint } from './hostile-parts.ts';
import type { Span, SpanKind } from './naive-reader.ts';

/** A valid message in wire format, where its parts stand, and the key that goes with it. */
export type Message = { readonly bytes: Buffer; readonly spans: readonly Span[]; readonly key: Buffer };

type Draw = { readonly chance: Chance; readonly messages: readonly Message[] };

export type Mutation = (message: Message, draw: Draw) => Buffer;

const HEADER_BYTES = 5;

function replaced(bytes: Buffer, { at, end }: Pick<Span, 'at' | 'end'>, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(end)]);
}

/** A part of one of these kinds, or any place at all when the message has none. */
function partOf({ bytes, spans }: Message, kinds: readonly SpanKind[], { chance }: Draw): Span {
  const parts = spans.filter(({ kind }) => kinds.includes(kind));
  if (parts.length > 0) return chance.pick(parts);
  const at = chance.below(bytes.length);
  return { kind: 'number', at, end: at + 1 };
}

function flipBits({ bytes }: Message, { chance }: Draw): Buffer {
  const damaged = Buffer.from(bytes);
  for (let flips = 1 + chance.below(4); flips > 0; flips -= 1) {
    const at = chance.below(damaged.length);
    damaged[at] = (damaged[at] as number) ^ (1 << chance.below(8));
  }
  return damaged;
}

function overwrite({ bytes }: Message, { chance }: Draw): Buffer {
  const noise = chance.bytes(1 + chance.below(8));
  const at = chance.below(bytes.length);
  return replaced(bytes, { at, end: Math.min(bytes.length, at + noise.length) }, noise);
}

function truncate({ bytes }: Message, { chance }: Draw): Buffer {
  return bytes.subarray(0, chance.below(bytes.length));
}

function append({ bytes }: Message, { chance }: Draw): Buffer {
  return Buffer.concat([bytes, chance.bytes(1 + chance.below(12))]);
}

function remove({ bytes }: Message, { chance }: Draw): Buffer {
  const at = chance.below(bytes.length);
  return replaced(bytes, { at, end: Math.min(bytes.length, at + 1 + chance.below(6)) }, Buffer.alloc(0));
}

function insert({ bytes }: Message, { chance }: Draw): Buffer {
  const at = chance.below(bytes.length + 1);
  return replaced(bytes, { at, end: at }, chance.bytes(1 + chance.below(6)));
}

/** The head of one message with the tail of another, cut where parts begin: types, versions and lists get mixed up. */
function splice(message: Message, draw: Draw): Buffer {
  const other = draw.chance.pick(draw.messages);
  const head = draw.chance.pick(message.spans).at;
  const tail = draw.chance.pick(other.spans).at;
  return Buffer.concat([message.bytes.subarray(0, head), other.bytes.subarray(tail)]);
}

/** A part said twice, or a part of another message in its place. */
function transplant(message: Message, draw: Draw): Buffer {
  const part = draw.chance.pick(message.spans);
  const other = draw.chance.pick(draw.messages);
  const { at, end } = draw.chance.pick(other.spans);
  return replaced(message.bytes, part, other.bytes.subarray(at, end));
}

function hostileNumber(message: Message, draw: Draw): Buffer {
  const part = partOf(message, ['number', 'length', 'count', 'index'], draw);
  return replaced(message.bytes, part, draw.chance.pick(hostileNumbers));
}

/** The same number, written longer than needed: still the same message, if the number may be that long. */
function padNumber(message: Message, draw: Draw): Buffer {
  const part = partOf(message, ['number', 'length', 'count', 'index'], draw);
  const number = Buffer.from(message.bytes.subarray(part.at, part.end));
  number[number.length - 1] = (number[number.length - 1] as number) | 0x80;
  const padding = Buffer.alloc(draw.chance.below(9), 0x80);
  return replaced(message.bytes, part, Buffer.concat([number, padding, Buffer.from([0])]));
}

function hostileLength(message: Message, draw: Draw): Buffer {
  const part = partOf(message, ['length'], draw);
  const { chance } = draw;
  const near = varint(BigInt(chance.below(80) - 8));
  return replaced(message.bytes, part, chance.isOneIn(2) ? near : chance.pick(hostileNumbers));
}

function hostileCount(message: Message, draw: Draw): Buffer {
  const part = partOf(message, ['count'], draw);
  const { chance } = draw;
  const near = varint(BigInt(chance.below(12) - 4));
  return replaced(message.bytes, part, chance.isOneIn(2) ? near : chance.pick(hostileNumbers));
}

/** A count made negative, with a size in bytes behind it that is right, nearly right, or absurd. */
function blockWithSize(message: Message, draw: Draw): Buffer {
  const counts = message.spans.filter(({ kind }) => kind === 'count');
  const { chance } = draw;
  const index = chance.below(Math.max(1, counts.length));
  const [count, next] = [counts[index], counts[index + 1]];
  if (count === undefined || next === undefined || count.end - count.at > 1)
    return hostileCount(message, draw);
  const items = (message.bytes[count.at] as number) >>> 1;
  const size = BigInt(next.at - count.end) + (chance.isOneIn(2) ? 0n : BigInt(chance.below(5) - 2));
  const sized = chance.isOneIn(4) ? chance.pick(hostileNumbers) : varint(size);
  return replaced(message.bytes, count, Buffer.concat([varint(-BigInt(items)), sized]));
}

function wrongIndex(message: Message, draw: Draw): Buffer {
  const part = partOf(message, ['index'], draw);
  return replaced(message.bytes, part, varint(BigInt(draw.chance.below(24) - 8)));
}

/** Steps into the second branch again and again: deeper and deeper where a record holds itself, nonsense elsewhere. */
function deepen(message: Message, draw: Draw): Buffer {
  const { at } = partOf(message, ['index'], draw);
  const steps = Buffer.alloc(1 + draw.chance.below(24), 0x02);
  return replaced(message.bytes, { at, end: at }, steps);
}

function hostileText(message: Message, draw: Draw): Buffer {
  const part = partOf(message, ['text'], draw);
  const text = draw.chance.pick(hostileTexts);
  const length = message.spans.find(({ kind, end }) => kind === 'length' && end === part.at);
  if (length === undefined) return replaced(message.bytes, part, text);
  const kept = draw.chance.isOneIn(2) ? message.bytes.subarray(part.at, part.end) : Buffer.alloc(0);
  const written = Buffer.concat([varint(BigInt(kept.length + text.length)), kept, text]);
  return replaced(message.bytes, { at: length.at, end: part.end }, written);
}

/** Letters and digits changed to others: mostly still a message, with another id, account or merchant. */
function otherText(message: Message, draw: Draw): Buffer {
  const part = partOf(message, ['text'], draw);
  const damaged = Buffer.from(message.bytes);
  const digits = '0123456789abcdef';
  if (part.end > part.at)
    damaged[part.at + draw.chance.below(part.end - part.at)] = digits.charCodeAt(draw.chance.below(16));
  return damaged;
}

/** Another schema's id, or nobody's: the right bytes under the wrong name. */
function wrongSchema({ bytes }: Message, { chance, messages }: Draw): Buffer {
  const damaged = Buffer.from(bytes);
  const id = chance.isOneIn(2) ? chance.pick(messages).bytes.readUInt32BE(1) : chance.pick(hostileSchemaIds);
  damaged.writeUInt32BE(id, 1);
  if (chance.isOneIn(8)) damaged[0] = chance.below(256);
  return damaged;
}

/** The header of a message and then whatever: zeros, ones, steps into the next branch as deep as it goes, noise. */
function nonsense({ bytes }: Message, { chance }: Draw): Buffer {
  const length = chance.below(200);
  const fill = chance.pick([0x00, 0x01, 0x02, 0x03, 0x04, 0x7f, 0x80, 0xff, -1]);
  const body = fill < 0 ? chance.bytes(length) : Buffer.alloc(length, fill);
  return Buffer.concat([bytes.subarray(0, HEADER_BYTES), body]);
}

function untouched({ bytes }: Message): Buffer {
  return bytes;
}

export const mutations = {
  flipBits,
  overwrite,
  truncate,
  append,
  remove,
  insert,
  splice,
  transplant,
  hostileNumber,
  padNumber,
  hostileLength,
  hostileCount,
  blockWithSize,
  wrongIndex,
  deepen,
  hostileText,
  otherText,
  wrongSchema,
  nonsense,
  untouched,
} as const satisfies Record<string, Mutation>;

export type MutationName = keyof typeof mutations;

export const mutationNames = Object.keys(mutations) as readonly MutationName[];
