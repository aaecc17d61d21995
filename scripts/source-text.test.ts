/** The rules are only as good as what tells code from text and comments; these are the places where that is hard. */
import { describe, expect, test } from '@jest/globals';
import { readSource } from './source-text.ts';

const hole = (inside: string): string => `$\{${inside}}`;

const code = (text: string): string => readSource('a.ts', text).code.replaceAll(/\s+/g, ' ').trim();

const shape = (view: string): number[] => view.split('\n').map((line) => line.length);

describe('code without comments and text', () => {
  test.each([
    ["a('b // c'); // d", "a(' ');"],
    ['a("b \\" c", d)', 'a(" ", d)'],
    ['a /* b */ + c', 'a + c'],
    ["a('/* b'); c; /* d */", "a(' '); c;"],
    [`\`a ${hole(`b + \`c ${hole('d')}\``)} e\` + f`, 'b + d + f'],
    [`\`${hole('{ a: { b } }.a')}\` + c`, '{ a: { b } }.a + c'],
    ['a = /[\'`"/*]/.test(b)', 'a = .test(b)'],
    ['a = b / c; // "d"', 'a = b / c;'],
    ["return /'/; a", 'return ; a'],
  ])('%s', (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  test('every view is as long as the file, line by line', () => {
    const source = readSource('a.ts', `/** b\n */\nconst a = \`c\n${hole('d')}\`; // 'e'\n`);
    for (const view of [source.code, source.codeWithStrings, source.comments])
      expect(shape(view)).toEqual(shape(source.text));
  });
});

describe('imports', () => {
  test('every form is seen, and nothing that only looks like one', () => {
    const text = [
      "import { a } from 'b';",
      'import type { c } from "d";',
      "import {\n  e,\n  type f,\n} from '../g.ts';",
      "export * from './h.ts';",
      "export type { i } from 'j';",
      "import 'k';",
      "const l = await import('m');",
      "throw new Error(\"the answer came from 'n'\"); // import 'o'",
      "const p = { from: 'q' };",
    ].join('\n');
    expect(readSource('a.ts', text).imports).toEqual([
      { specifier: 'b', isTypeOnly: false, line: 1 },
      { specifier: 'd', isTypeOnly: true, line: 2 },
      { specifier: '../g.ts', isTypeOnly: false, line: 6 },
      { specifier: './h.ts', isTypeOnly: false, line: 7 },
      { specifier: 'j', isTypeOnly: true, line: 8 },
      { specifier: 'k', isTypeOnly: false, line: 9 },
      { specifier: 'm', isTypeOnly: false, line: 10 },
    ]);
  });
});
