import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { captureTerminal } from './captured-terminal.ts';
import { LINE_BYTES_MAX, type Line, openInput, readLines } from './line-reader.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluxo-lines-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function linesOf(chunks: readonly Uint8Array[]): Promise<Line[]> {
  const input = {
    name: 'test',
    bytes: null,
    chunks: (async function* () {
      yield* chunks;
    })(),
  };
  const lines: Line[] = [];
  for await (const batch of readLines(input)) lines.push(...batch.lines);
  return lines;
}

describe('lines of a file', () => {
  test('come out whole and numbered, wherever the stream cuts the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', '')),
          { minLength: 1 },
        ),
        fc.integer({ min: 1, max: 7 }),
        async (texts, size) => {
          const bytes = Buffer.from(texts.join('\n'));
          const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
            bytes.subarray(index * size, (index + 1) * size),
          );
          const whole = bytes.toString().split('\n');
          const expected = whole
            .map((text, index) => ({ number: index + 1, text }))
            .filter(({ text }) => text.trim() !== '');
          expect(await linesOf(chunks)).toEqual(expected);
        },
      ),
    );
  });

  test('count blank ones, but do not hand them out', async () => {
    expect(await linesOf([Buffer.from('a\n\n  \r\nb\n')])).toEqual([
      { number: 1, text: 'a' },
      { number: 4, text: 'b' },
    ]);
  });

  test('that are not UTF-8 are named, not mended', async () => {
    const bytes = Buffer.concat([
      Buffer.from('fine\nfine\n'),
      Buffer.from([0x63, 0x61, 0x66, 0xe9]),
      Buffer.from('\nfine\n'),
    ]);
    await expect(linesOf([bytes])).rejects.toThrow('test, line 3 is not UTF-8');
  });

  test('that never end are refused before they fill the memory', async () => {
    const chunk = Buffer.alloc(LINE_BYTES_MAX / 2 + 1, 'x');
    await expect(linesOf([Buffer.from('short\n'), chunk, chunk])).rejects.toThrow(
      'test, line 2 is longer than 16 MiB',
    );
  });
});

describe('an input', () => {
  test('is a file with its size, or standard input without one', async () => {
    const path = join(folder, 'two.jsonl');
    await writeFile(path, 'one\ntwo');
    expect((await openInput(path, captureTerminal())).bytes).toBe(7);
    const piped = await openInput('-', captureTerminal({ stdin: 'one\ntwo' }));
    expect(piped.bytes).toBeNull();
    const batches = await Array.fromAsync(readLines(piped));
    expect(batches.flatMap(({ lines }) => lines.map(({ text }) => text))).toEqual(['one', 'two']);
    expect(batches.at(-1)?.bytesRead).toBe(7);
  });

  test('that is not there, or is a folder, says so at once', async () => {
    await expect(openInput(join(folder, 'absent'), captureTerminal())).rejects.toMatchObject({
      code: 'bad-input',
    });
    await expect(openInput(folder, captureTerminal())).rejects.toThrow('it is a directory');
  });
});
