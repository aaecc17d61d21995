/**
 * docs/data-teams.md can be copied from: its programs are the files that tests run, its commands exist with their options, its scripts
 * are in package.json. Needs no server.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { allTopics } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import { captureTerminal } from '../cli/captured-terminal.ts';
import { buildProgram } from '../cli/program.ts';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');

const page = read('docs/data-teams.md');

const blocksOf = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, text = '']) => text,
  );

/** What `npx fluxo` is given, wherever it stands: in a line to copy, or within a sentence. */
const commands = [...page.matchAll(/npx fluxo ([^\n`#]*)/g)].map(([, line = '']) => line.trim());

/** Words of a command line; what stands in double quotes is one. */
const wordsOf = (line: string) =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');

const program = await buildProgram(captureTerminal(), []);

/** Why this command line would be refused; null if it would not. */
function problemOf(line: string): string | null {
  let command = program;
  const words = wordsOf(line);
  for (let found = command; found !== undefined; words.shift()) {
    command = found;
    const next = command.commands.find((each) => each.name() === words[0]);
    if (next === undefined) break;
    found = next;
  }
  if (command.commands.length > 0) return `no command ${words[0]}`;
  const { operands, unknown } = command.parseOptions(words);
  if (unknown.length > 0) return `no option ${unknown.join(' ')}`;
  return operands.length <= command.registeredArguments.length
    ? null
    : `too many arguments: ${operands.join(' ')}`;
}

describe('docs/data-teams.md', () => {
  test.each([
    ['ts', 'test/consumers/latest-balances.ts'],
    ['python', 'test/consumers/latest-balances.py'],
  ])('its %s program is %s, which a test runs', (language, file) => {
    expect(blocksOf(language)).toEqual([read(file)]);
  });

  test('its commands exist, with their options', () => {
    expect(commands.length).toBeGreaterThanOrEqual(6);
    expect(commands.map((line) => [line, problemOf(line)])).toEqual(commands.map((line) => [line, null]));
    expect(problemOf('dump ledger --row')).toBe('no option --row');
    expect(problemOf('ksql aply')).toBe('no command aply');
    expect(problemOf('topics ledger')).toBe('too many arguments: ledger');
  });

  test('its npm scripts, its compose profile and its SQL files are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...page.matchAll(/npm (?:run )?([\w:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    for (const [, profile] of page.matchAll(/--profile (\w+)/g))
      expect(read('docker-compose.yml')).toContain(`profiles: [${profile}]`);
    for (const [, folder, file] of [...page.matchAll(/^\| `(\d\d)-([\w-]+\.sql)`/gm)].flatMap(
      ([, number, name]) =>
        ['flink', 'ksqldb'].map((dialect) => [null, dialect, `${number}-${name}`] as const),
    ))
      expect(read(`streams/sql/${folder}/${file}`)).toContain('CREATE');
  });

  test('it says of every topic what it answers', () => {
    const listed = [...page.matchAll(/^\| [^|]*\? \| `([^`]+)`/gm)].map(([, topic]) => topic);
    expect(new Set(listed)).toEqual(new Set(allTopics.map(({ name }) => name)));
  });
});
