import { describe, expect, test } from '@jest/globals';
import { parseStrictJson } from './strict-json.ts';

const parse = (text: string | Uint8Array): unknown =>
  parseStrictJson(typeof text === 'string' ? Buffer.from(text) : text);

describe('strict JSON', () => {
  test.each([
    '{"a":[1,-2,0,null,true,"x"],"b":{"a":1}}',
    '[]',
    ' "\u{1F9C0}" ',
    '9007199254740991',
    '{"a":{"a":{}}}',
  ])('takes %s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ['{"a":1,"a":1}', '/a', 'twice'],
    ['{"x":[{"a":1,"\\u0061":2}]}', '/x/0/a', 'twice'],
    ['{"__proto__":{}}', '/__proto__', 'never taken'],
    ['{"a":12.5}', '/a', 'whole number'],
    ['{"a":12.0}', '/a', 'whole number'],
    ['{"a":1e3}', '/a', 'whole number'],
    ['[1,-0.0]', '/1', 'whole number'],
    ['{"a/b~c":9007199254740993}', '/a~1b~0c', 'whole number'],
    ['{"a":1e400}', '/a', 'whole number'],
    ['{"a":"\\ud800"}', '/a', 'half a character'],
    ['{"\\udc00":1}', '/\udc00', 'half a character'],
    ['{"a":"x\\u0000"}', '/a', 'U+0000'],
    ['{"a":NaN}', '', 'not JSON'],
    ['{"a":1,}', '', 'not JSON'],
    ['{"a":1} x', '', 'not JSON'],
    ['{"a":1 /* b */}', '', 'not JSON'],
    ['\uFEFF{"a":1}', '', 'not JSON'],
    ['', '', 'not JSON'],
  ])('refuses %s at "%s"', (text, pointer, problem) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ pointer, message: expect.stringContaining(problem) }),
    );
  });

  test('refuses bytes that are no UTF-8', () => {
    expect(() => parse(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(/not UTF-8/);
  });

  test('takes what is 20 deep and refuses what is deeper, however deep', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(() => parse(nested(20))).not.toThrow();
    for (const depth of [21, 5_000]) expect(() => parse(nested(depth))).toThrow(/20 deep/);
  });
});
