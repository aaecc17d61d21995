/**
 * What the documentation points at is there: every relative link with its anchor, every source file it names. Whether what it
 * says is true, people must see.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { resolvedFrom } from './tidy-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'bench/README.md',
  ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file}`),
]
  .filter((path) => path.endsWith('.md'))
  .map((path) => [path, readFileSync(root + path, 'utf8')] as const);

/** As GitHub makes anchors: lower case, spaces to hyphens, everything else but letters, digits and hyphens away. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  );

function isThere(page: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? page : resolvedFrom(page, file);
  if (!existsSync(root + path)) return false;
  return anchor === undefined || anchorsOf(readFileSync(root + path, 'utf8')).includes(anchor);
}

test.each(pages)('%s links to nothing that is not there', (page, text) => {
  const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !isThere(page, link))).toEqual([]);
});

test.each(pages)('%s names no source file that is not there', (_page, text) => {
  const named = [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|js|avsc))`/g)].map(([, path = '']) => path);
  expect(named.filter((path) => !existsSync(root + path))).toEqual([]);
});

test('a link that leads nowhere is noticed', () => {
  expect(isThere('docs/ARCHITECTURE.md', 'spec.md#32-the-order-of-checks')).toBe(true);
  expect(isThere('docs/ARCHITECTURE.md', 'spec.md#39-no-such-section')).toBe(false);
  expect(isThere('README.md', 'docs/no-such-page.md')).toBe(false);
});
