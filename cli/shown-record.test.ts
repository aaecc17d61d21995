import { LocalRegistry, registerSchemas, TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { concernsMerchant } from './merchant-filter.ts';
import { escaped, recordJson, recordText } from './shown-record.ts';

let codec: TopicCodec;
let balances: TopicCodec;
beforeAll(async () => {
  const registry = new LocalRegistry();
  await registerSchemas(registry, [topics.submissions, topics.dailyBalances]);
  codec = await TopicCodec.open(registry, topics.submissions);
  balances = await TopicCodec.open(registry, topics.dailyBalances);
});

const reopening = () =>
  codec.encode('DayReopenRequested', {
    merchantId: 'm-1',
    submittedAt: 1_795_000_000_000,
    source: { system: 'test', deviceId: null, sequence: null },
    requestId: '00000000-0000-4000-8000-000000000001',
    businessDate: 20_000,
    requestedBy: 'gerente',
    reason: 'a\u009bb',
  });

const placed = (key: string | Uint8Array | null, value: Uint8Array | null) => ({
  partition: 3,
  record: {
    offset: 17,
    timestampMs: Date.UTC(2026, 2, 9, 8),
    key: key === null ? null : Buffer.from(key),
    value,
  },
});

describe('a record on a line', () => {
  test('shows when, where, whose and what, and nothing a terminal would obey', () => {
    const text = recordText(placed('m-1', reopening()), codec);
    expect(text).toMatch(
      /^2026-03-09T08:00:00\.000Z submissions-3@17 m-1 DayReopenRequested \{"merchantId":"m-1",/,
    );
    expect(text).toContain('"reason":"a\\u009bb"');
    expect(escaped('\u001b[2J\u202e')).toBe('\\u001b[2J\\u202e');
  });

  test.each([
    [
      placed('m 1', Buffer.from('no avro')),
      '"m 1" (cannot be decoded: not the wire format',
      '0x6e6f206176726f',
    ],
    [placed(null, Buffer.alloc(0)), '(none) (cannot be decoded: shorter than', '0x'],
    [
      placed(Buffer.from([0xff]), Buffer.from([0, 0, 0, 1, 9, 9])),
      '0xff (cannot be decoded: schema id 265',
      '0x000000010909',
    ],
    [placed('\u001b[2J', null), '"\\u001b[2J" (cannot be decoded: no value)', '0x'],
  ])('says why a value cannot be decoded, and shows its bytes', (record, key, bytes) => {
    const text = recordText(record, codec);
    expect(text).toContain(`submissions-3@17 ${key}`);
    expect(text.endsWith(bytes)).toBe(true);
  });

  test('of a compacted topic may be a deletion', () => {
    expect(recordText(placed('m-1|2026-03-09', null), balances)).toMatch(/m-1\|2026-03-09 \(deleted\)$/);
  });

  test('as JSON has the fields of a dump, headers, and the bytes where there is no value', () => {
    expect(JSON.parse(recordJson(placed('m-1', Buffer.from('no avro')), codec))).toEqual({
      topic: topics.submissions.name,
      partition: 3,
      offset: 17,
      timestamp: Date.UTC(2026, 2, 9, 8),
      key: 'm-1',
      headers: [],
      type: null,
      value: null,
      problem: expect.stringContaining('not the wire format'),
      raw: Buffer.from('no avro').toString('base64'),
    });
    expect(JSON.parse(recordJson(placed('m-1', reopening()), codec))).toMatchObject({
      type: 'DayReopenRequested',
      value: { merchantId: 'm-1', businessDate: '2024-10-04' },
    });
  });
});

describe('a record concerns a merchant', () => {
  test.each([
    ['by its key', 'm-1', null, true],
    ['by a key with a date', 'm-1|2026-03-09', null, true],
    ['not by the beginning of another id', 'm-10', null, false],
    ['not by a key of another', 'm-2', null, false],
  ])('%s', (_, key, value, expected) => {
    expect(concernsMerchant(placed(key, value).record, 'm-1', codec)).toBe(expected);
  });

  test('by its value, under whatever key it was sent', () => {
    expect(concernsMerchant(placed('m-2', reopening()).record, 'm-1', codec)).toBe(true);
    expect(concernsMerchant(placed(null, reopening()).record, 'm-1', codec)).toBe(true);
  });
});
