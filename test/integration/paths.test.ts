/**
 * The pages for users (docs/till-vendors.md, front-ends.md, import.md, operators.md, CONTRIBUTING.md) on one stack: every command in them is run by a shell, in its order, as somebody
 * would who copies it, and prints what the page shows below it. Needs a whole stack, with sign-in.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { fluxo } from '../../testing/fluxo-command.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';

jest.setTimeout(400_000);

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(CHECKOUT, path), 'utf8');
const run = promisify(execFile);

let stack: TestStack;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluxo-paths-'));
  stack = await startStack({ signIn: true });
  await fluxo(['simulate', '--merchants', '5', '--rate', '40', '--for', '5'], stack.env);
  await fluxo(['wait'], stack.env);
});
afterAll(async () => {
  await stack.destroy();
  await rm(folder, { recursive: true });
});

type Block = { readonly language: string; readonly text: string };

/** Those of the page behind this heading; by default all. */
function blocksOf(page: string, heading = ''): readonly Block[] {
  const text = read(page);
  return [...text.slice(text.indexOf(heading)).matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(
    ([, language = '', content = '']) => ({ language, text: content }),
  );
}

/** What a page says is the default stack is the one of this test; files that it leaves lie in a folder of the test. */
function here(command: string): string {
  const { portBase } = stack.place;
  return command
    .replaceAll(/127\.0\.0\.1:21(\d{3})/g, (_, offset) => `127.0.0.1:${portBase + Number(offset)}`)
    .replaceAll('npx fluxo', `${process.execPath} ${join(CHECKOUT, 'cli/bin/fluxo.js')}`)
    .replaceAll('npx node', process.execPath)
    .replaceAll(/(?<= |")(test|schemas)\//g, `${CHECKOUT}$1/`)
    .replaceAll('npm run --silent', `npm run --silent --prefix ${CHECKOUT}`);
}

/** Lines of what was shown, `…` standing for anything. */
function patternOf(line: string): RegExp {
  const parts = line.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 'm');
}

const SHOWN_AT = '::: block';

/** Runs all these commands in one shell; what each block has printed, by its number. */
async function runBlocks(blocks: readonly Block[], cwd: string): Promise<readonly string[]> {
  const script = blocks
    .map(({ language, text }) => (language === 'sh' ? here(text) : ''))
    .map((commands) => `${commands}\necho '${SHOWN_AT}'`)
    .join('\n');
  const { kafka, registry } = stack.addresses;
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`;
  const env = { ...process.env, ...stack.env, FLUXO_KAFKA: kafka, FLUXO_REGISTRY: registry, PATH: path };
  const shell = ['-o', 'errexit', '-o', 'nounset', '-c', script];
  const { stdout } = await run('bash', shell, { cwd, env, maxBuffer: 2 ** 26 });
  return stdout.split(`${SHOWN_AT}\n`);
}

/** Whether it prints what the page shows. */
async function demandShown(blocks: readonly Block[], cwd: string): Promise<void> {
  const printed = await runBlocks(blocks, cwd);
  let last = '';
  for (const [index, { language, text }] of blocks.entries()) {
    if (language === 'sh') last = printed[index] ?? '';
    if (language === 'text')
      for (const line of text.trimEnd().split('\n')) expect(last).toMatch(patternOf(line));
  }
}

test.each(['docs/till-vendors.md', 'docs/front-ends.md', 'docs/import.md', 'docs/operators.md'])(
  '%s can be copied from, and shows what comes of it',
  async (page) => {
    const blocks = blocksOf(page);
    expect(blocks.filter(({ language }) => language === 'sh').length).toBeGreaterThan(0);
    await demandShown(blocks, folder);
  },
);

test('so can what CONTRIBUTING.md says of single tests and seeds', async () => {
  const blocks = blocksOf('CONTRIBUTING.md', '## How to');
  expect(blocks.filter(({ language }) => language === 'sh')).toHaveLength(2);
  await demandShown(blocks, CHECKOUT);
});

test('the program that till vendors are shown is the one that is run', () => {
  const programs = blocksOf('docs/till-vendors.md').filter(({ language }) => language === 'ts');
  expect(programs.map(({ text }) => text)).toEqual([read('test/paths/one-sale.ts')]);
});
