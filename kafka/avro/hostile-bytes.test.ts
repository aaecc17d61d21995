import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AvroRecords, RecordName } from '@fluxo/schemas';
import { describe, expect, jest, test } from '@jest/globals';
import type { Decoded, RecordCodec } from '../../streams/topologies/record-codec.ts';
import { runCampaign } from '../../testing/hostile-bytes/campaign.ts';
import { Chance } from '../../testing/hostile-bytes/chance.ts';
import { type Stock, stockMessages } from '../../testing/hostile-bytes/messages.ts';
import { mutationNames, mutations } from '../../testing/hostile-bytes/mutations.ts';
import { readNaively } from '../../testing/hostile-bytes/naive-reader.ts';
import { compileGuard } from './avro-guard.ts';

const INPUTS = 200_000;
const SEED = 20_261_125;
const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** Seconds on a machine with nothing else to do. */
jest.setTimeout(120_000);

/** In a process of its own: jest makes code that runs this often several times slower. */
test('200,000 hostile inputs: what is no message is rejected with its bytes, what is one means what it says', () => {
  const command = ['scripts/fuzz.ts', '--inputs', String(INPUTS), '--seed', String(SEED)];
  const { stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: checkout,
    encoding: 'utf8',
    timeout: 240_000, // a decoder that never ends is a failure, not a pause
  });
  expect(`${stdout}${stderr}`).toMatch(/^200000 passed, 0 failed$/m);
}, 300_000);

test('a campaign has enough of every kind of end to mean something', async () => {
  const tally = await runCampaign({ inputs: 4_000, seed: SEED });
  expect(tally.failures).toEqual([]);
  expect(tally.malformed + tally.messages).toBe(4_000);
  expect(tally.malformed).toBeGreaterThan(2_000);
  expect(tally.messages).toBeGreaterThan(400);
  expect(tally.booked).toBeGreaterThan(40);
  expect([...tally.messagesBy.keys()]).toEqual(expect.arrayContaining(['padNumber', 'blockWithSize']));
});

/** A codec that does everything as ours, but for what it makes of the bytes. */
function decodingAs(codec: RecordCodec, decode: (value: Uint8Array | null) => Decoded): RecordCodec {
  return {
    encode: (type, value) => codec.encode(type, value),
    decode,
    hasUnknownSchema: (value) => codec.hasUnknownSchema(value),
    refresh: () => codec.refresh(),
  };
}

/** Takes what is refused with such a detail for the message `decodeAnyway` makes of it. */
function tolerating(problem: RegExp, decodeAnyway: (value: Uint8Array) => Uint8Array) {
  return ({ submissions, ...others }: Stock['codecs']): Stock['codecs'] => ({
    ...others,
    submissions: decodingAs(submissions, (value) => {
      const decoded = submissions.decode(value);
      if (decoded.kind !== 'malformed' || !problem.test(decoded.detail) || value === null) return decoded;
      return submissions.decode(decodeAnyway(value));
    }),
  });
}

function withoutTail(value: Uint8Array): Uint8Array {
  return value.subarray(0, value.length - 1);
}

describe('the judge notices', () => {
  const someEntry = stockMessages().then(({ messages }) => messages[4]?.bytes as Buffer);

  test('trailing bytes that are let through', async () => {
    const tally = await runCampaign({
      inputs: 1_000,
      seed: 1,
      codecs: tolerating(/too many behind/, withoutTail),
    });
    expect(tally.failures[0]?.problem).toMatch(/no message were taken for/);
  });

  test('a count that nobody checks', async () => {
    const entry = await someEntry;
    const tally = await runCampaign({
      inputs: 1_000,
      seed: 2,
      codecs: tolerating(/items announced/, () => entry),
    });
    expect(tally.failures[0]?.problem).toMatch(/no message were taken for/);
  });

  test('text that is not UTF-8', async () => {
    const entry = await someEntry;
    const tally = await runCampaign({ inputs: 1_000, seed: 3, codecs: tolerating(/not UTF-8/, () => entry) });
    expect(tally.failures[0]?.problem).toMatch(/no message were taken for/);
  });

  test('a guard that refuses what is a message', async () => {
    const tooStrict = ({ submissions, ...others }: Stock['codecs']): Stock['codecs'] => ({
      ...others,
      submissions: decodingAs(submissions, (value) =>
        value !== null && Buffer.from(value).includes('c280', 0, 'hex')
          ? { kind: 'malformed', detail: 'planted' }
          : submissions.decode(value),
      ),
    });
    const tally = await runCampaign({ inputs: 5_000, seed: 4, codecs: tooStrict });
    expect(tally.failures[0]?.problem).toMatch(/a message was not decoded/);
  });

  test('a decoder that reads another amount', async () => {
    const offByOne = ({ submissions, ...others }: Stock['codecs']): Stock['codecs'] => ({
      ...others,
      submissions: decodingAs(submissions, (value) => {
        const decoded = submissions.decode(value);
        if (decoded.kind !== 'record' || decoded.type !== 'TransferSubmitted') return decoded;
        return { ...decoded, value: { ...decoded.value, amountMinor: decoded.value.amountMinor + 1 } };
      }),
    });
    const tally = await runCampaign({ inputs: 1_000, seed: 5, codecs: offByOne });
    expect(tally.failures[0]?.problem).toMatch(/read different values/);
  });

  test('a decoder that throws', async () => {
    const throwing = ({ submissions, ...others }: Stock['codecs']): Stock['codecs'] => ({
      ...others,
      submissions: decodingAs(submissions, (value) => {
        const decoded = submissions.decode(value);
        if (decoded.kind === 'malformed' && decoded.detail.includes('union')) throw new Error('planted');
        return decoded;
      }),
    });
    const tally = await runCampaign({ inputs: 1_000, seed: 6, codecs: throwing });
    expect(tally.failures[0]?.problem).toMatch(/the process would have ended: .*Error: planted/s);
  });

  test('a rejection that lost a byte', async () => {
    const cut = <Name extends RecordName>(value: AvroRecords[Name]): AvroRecords[Name] =>
      'valueSha256' in value && value.value.length > 200
        ? { ...value, value: value.value.subarray(1) }
        : value;
    const losing = ({ rejections, ...others }: Stock['codecs']): Stock['codecs'] => ({
      ...others,
      rejections: {
        ...decodingAs(rejections, (value) => rejections.decode(value)),
        headReader: (type, fields) => rejections.headReader(type, fields),
        encode: (type, value) => rejections.encode(type, cut(value)),
      },
    });
    const tally = await runCampaign({ inputs: 1_000, seed: 7, codecs: losing });
    expect(tally.failures[0]?.problem).toMatch(/does not hold the bytes that came/);
  });
});

/** The bytes, counting how often one is looked at. */
function counted(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly reads: () => number } {
  let reads = 0;
  const watched = new Proxy(bytes, {
    get: (target, name) => {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads += 1;
      return Reflect.get(target, name, target) as unknown;
    },
  });
  return { bytes: watched, reads: () => reads };
}

test('the guard looks at no byte more than a few times, whatever it is told', async () => {
  const { messages, schemas } = await stockMessages();
  const guards = new Map([...schemas].map(([id, { schema }]) => [id, compileGuard(schema)]));
  const chance = new Chance(8);
  let worst = 0;
  for (let n = 0; n < 5_000; n += 1) {
    const message = chance.pick(messages);
    const damaged = mutations[chance.pick(mutationNames)](message, { chance, messages });
    const { bytes, reads } = counted(damaged);
    guards.get(message.bytes.readUInt32BE(1))?.(bytes, 5);
    worst = Math.max(worst, reads() / Math.max(1, damaged.length));
  }
  expect(worst).toBeGreaterThan(0.5);
  expect(worst).toBeLessThanOrEqual(4);
});

test('the naive reader knows what it judges: the same bytes in several forms', () => {
  const list = { type: 'array', items: 'long' } as const;
  const read = (hex: string) => readNaively(list, Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0);
  expect(read('04 02 04 00')).toMatchObject({ kind: 'value', value: [1, 2], isCanonical: true });
  expect(read('03 04 02 04 00')).toMatchObject({ kind: 'value', value: [1, 2], isCanonical: false });
  expect(read('02 02 02 8400 00')).toMatchObject({ kind: 'value', value: [1, 2], isCanonical: false });
  expect(read('03 05 02 04 00')).toEqual({ kind: 'none', problem: 'a block beyond the end' });
  expect(read('04 02 00')).toEqual({ kind: 'none', problem: 'the end inside a number' });
});
