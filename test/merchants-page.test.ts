/** docs/merchants.md speaks of the page in the words of the page: what is bold there is a word of that language. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeOf } from '@fluxo/stack';
import { expect, test } from '@jest/globals';
import { en } from '../web/src/app/i18n/en.ts';
import { ptBr } from '../web/src/app/i18n/pt-br.ts';

const text = readFileSync(join(placeOf({}).checkout, 'docs', 'merchants.md'), 'utf8');

const wordsOf = (words: object): readonly string[] =>
  Object.values(words).flatMap((value: unknown) =>
    typeof value === 'string' ? [value] : wordsOf(value as object),
  );

test.each([
  ['Português', ptBr],
  ['English', en],
] as const)('%s', (language, words) => {
  const part = text.split(`## ${language}\n`)[1]?.split('\n## ')[0] ?? '';
  const bold = [...part.matchAll(/\*\*([^*]+)\*\*/g)].map(([, word = '']) => word.replaceAll('\n', ' '));
  expect(bold.length).toBeGreaterThan(30);
  const known = new Set(wordsOf(words));
  expect(bold.filter((word) => !known.has(word))).toEqual([]);
});

test('says the same in both languages, paragraph by paragraph', () => {
  const [, portuguese = '', english = ''] = text.split(/\n## .+\n/);
  const counts = [portuguese, english].map((part) =>
    part
      .trim()
      .split('\n\n')
      .map((paragraph) => paragraph.match(/\*\*[^*]+\*\*/g)?.length ?? 0),
  );
  expect(counts[1]).toEqual(counts[0]);
});
