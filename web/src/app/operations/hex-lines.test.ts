import { expect, test } from 'vitest';
import { hexLines } from './hex-lines.ts';

test('bytes are shown sixteen a line, with what of them is plain text', () => {
  expect(hexLines(btoa('no avro, \u0000\u00ff and more'), 1_000)).toEqual([
    '0000  6e 6f 20 61 76 72 6f 2c 20 00 ff 20 61 6e 64 20  no avro, ·· and ',
    '0010  6d 6f 72 65                                      more',
  ]);
});

test('of very many the first are shown, and how many there are besides', () => {
  expect(hexLines(btoa('x'.repeat(100)), 16).at(-1)).toBe('… 84');
  expect(hexLines('', 16)).toEqual([]);
});
