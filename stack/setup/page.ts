/**
 * The web page, built once for the sources it is built from: a stamp beside it holds their hash. Half a minute when something
 * has changed, nothing otherwise. A build that fails leaves no stamp, so the next set-up tries again.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from '../stack-error.ts';

/** All that the page is made of. Its packages are those of the lock. */
const SOURCES = [
  'web/src',
  'web/public',
  'web/angular.json',
  'web/compress.js',
  'web/tsconfig.json',
  'schemas',
  'domain',
  'package-lock.json',
];
const IGNORED = /(?:^|\/)node_modules(?:\/|$)|\.test\.ts$/;

/** Builds it if it is not there or not of these sources. Throws `page-not-built`. */
export function ensurePage(checkout: string, say: (line: string) => void): void {
  const stamp = join(checkout, 'web', 'dist', 'sources.sha256');
  const hash = hashOf(checkout);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  say('Building the web page (half a minute, once for its sources)');
  rmSync(stamp, { force: true });
  const { status } = spawnSync('npm', ['run', 'build', '--workspace', 'web', '--silent'], {
    cwd: checkout,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0)
    throw new StackError(
      'page-not-built',
      'The web page could not be built. Look at the lines above; `npm run build -w web` builds it by hand.',
    );
  writeFileSync(stamp, hash);
}

function hashOf(checkout: string): string {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((source) => filesUnder(checkout, source)))
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(checkout, file)))
      .update('\0');
  return hash.digest('hex');
}

/** The file itself, or all files of the folder, by their path from the checkout, always in the same order. */
function filesUnder(checkout: string, path: string): readonly string[] {
  if (/\.\w+$/.test(path)) return [path];
  return readdirSync(join(checkout, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(checkout.length + 1))
    .filter((file) => !IGNORED.test(file))
    .toSorted();
}
