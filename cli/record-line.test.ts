import { LocalRegistry, registerSchemas, TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { encodeJsonForm, parseRecordLine, printRecordLine } from './record-line.ts';

let codec: TopicCodec;
beforeAll(async () => {
  const registry = new LocalRegistry();
  await registerSchemas(registry, [topics.submissions]);
  codec = await TopicCodec.open(registry, topics.submissions);
});

const reopen = {
  merchantId: 'm-1',
  submittedAt: 1_795_000_000_000,
  source: { system: 'till', deviceId: null, sequence: 9_007_199_254_740_991 },
  requestId: '00000000-0000-4000-8000-000000000001',
  businessDate: '2026-11-23',
  requestedBy: 'gerente ☕',
  reason: 'recontagem',
};
const place = { topic: topics.submissions.name, partition: 2, offset: 7, timestampMs: 1_795_000_000_123 };

describe('the line of a record', () => {
  test('has exactly the fields of a dump, in their order', () => {
    const value = encodeJsonForm(codec, 'DayReopenRequested', reopen);
    const line = printRecordLine({ ...place, key: Buffer.from('m-1'), value }, codec, false);
    expect(line).toBe(
      `{"topic":"${place.topic}","partition":2,"offset":7,"timestamp":1795000000123,"key":"m-1","type":"DayReopenRequested","value":${JSON.stringify(reopen)}}`,
    );
  });

  test('shows as null what cannot be decoded, and its bytes when asked', () => {
    const record = { ...place, key: Buffer.from([0xff]), value: Buffer.from('junk') };
    expect(JSON.parse(printRecordLine(record, codec, true))).toEqual({
      topic: place.topic,
      partition: 2,
      offset: 7,
      timestamp: 1_795_000_000_123,
      key: null,
      type: null,
      value: null,
      raw: 'anVuaw==',
    });
    expect(JSON.parse(printRecordLine({ ...record, value: null }, codec, true))).toMatchObject({
      value: null,
      raw: null,
    });
  });

  test('read back is what was printed', () => {
    const value = encodeJsonForm(codec, 'DayReopenRequested', reopen);
    const line = parseRecordLine(printRecordLine({ ...place, key: Buffer.from('m-1'), value }, codec, true));
    expect(line).toMatchObject({
      partition: 2,
      offset: 7,
      timestamp: 1_795_000_000_123,
      key: 'm-1',
      raw: value,
    });
    expect(encodeJsonForm(codec, line.type as string, line.value)).toEqual(value);
  });

  test.each([
    ['{"key":"m","type":"X"', 'it is not JSON'],
    ['[1]', 'it is not a JSON object'],
    ['{"key":"m","partion":3}', 'unknown field "partion"'],
    ['{"key":7}', 'key must be text or null'],
    ['{"key":"\\ud800"}', 'key must be text or null'],
    ['{"key":"m","partition":-1}', 'partition must be a whole number'],
    ['{"key":"m","partition":1.5}', 'partition must be a whole number'],
    ['{"key":"m","timestamp":"now"}', 'timestamp must be epoch milliseconds'],
    ['{"key":"m","raw":"a"}', 'raw must be base64'],
    ['{"key":"m","raw":"AA=A"}', 'raw must be base64'],
    ['{"key":"m","type":"EntrySubmitted"}', 'there is a type but no value'],
    ['{"key":"m","value":{}}', 'there is a value but no type'],
    ['{"key":"m","__proto__":1}', 'unknown field "__proto__"'],
  ])('%s is refused: %s', (text, problem) => {
    expect(() => parseRecordLine(text)).toThrow(problem);
  });

  test('of a record the topic does not hold, or that lacks a field, cannot be encoded', () => {
    expect(() => encodeJsonForm(codec, 'EntryPosted', {})).toThrow('"EntryPosted" is no record of');
    expect(() => encodeJsonForm(codec, 'toString', {})).toThrow('"toString" is no record of');
    const { reason, ...incomplete } = reopen;
    expect(reason).toBe('recontagem');
    expect(() => encodeJsonForm(codec, 'DayReopenRequested', incomplete)).toThrow('reason');
  });
});
