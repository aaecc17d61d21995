/** The words of the page: what its templates ask for is there in both languages, and what is there is asked for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { en } from '../web/src/app/i18n/en.ts';
import { ptBr } from '../web/src/app/i18n/pt-br.ts';

const folder = fileURLToPath(new URL('../web/src/app/', import.meta.url));
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(?:ts|html)$/.test(file) && !file.startsWith('i18n/') && !file.endsWith('.test.ts'))
  .map((file) => readFileSync(join(folder, file), 'utf8'));

/** Every word by its key, dots between the levels. */
function keysOf(words: object, prefix = ''): string[] {
  return Object.entries(words).flatMap(([name, value]) =>
    typeof value === 'string' ? [prefix + name] : keysOf(value as object, `${prefix}${name}.`),
  );
}

const keys = keysOf(ptBr);
const groups = Object.keys(ptBr).join('|');

/** Keys in quotes; one that ends in a dot is put together with something else. */
const asked = new Set(
  sources.flatMap((text) =>
    [...text.matchAll(new RegExp(`['\`]((?:${groups})(?:\\.[\\w-]+)*\\.?)(?=['\`]|\\$\\{)`, 'g'))].map(
      ([, key = '']) => key,
    ),
  ),
);

test('both languages have the same words, and none is empty', () => {
  expect(keysOf(en)).toEqual(keys);
  const texts = [ptBr, en].flatMap((words) => JSON.stringify(words).match(/:""/g) ?? []);
  expect(texts).toEqual([]);
});

test('what is asked for is there', () => {
  const missing = [...asked].filter(
    (key) =>
      key.includes('.') &&
      !keys.some((known) => known === key || known.startsWith(key.endsWith('.') ? key : `${key}.`)),
  );
  expect(missing).toEqual([]);
});

test('what is there is asked for', () => {
  const isAsked = (key: string) =>
    [...asked].some((each) => each === key || (each.endsWith('.') && key.startsWith(each)));
  const computed =
    /^(?:refusal|failure|kind|method|purpose|direction|balance\.(?:opening|credits|debits|closing))\b/;
  expect(keys.filter((key) => !isAsked(key) && !computed.test(key))).toEqual([]);
});
