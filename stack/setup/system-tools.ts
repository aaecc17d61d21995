/**
 * The tools the native servers need from the system: a Java runtime, Redis (or Valkey), Maven while something must be
 * downloaded. As root on Debian or Ubuntu they are installed, without letting a package start a server of its own;
 * elsewhere the command to type is printed. Nothing that is already there is changed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { lookUp, POSTGRES_USER } from '../servers/server-user.ts';
import { StackError } from '../stack-error.ts';

export const JAVA_MAJOR_MIN = 17;
const JAVA_PACKAGES = ['openjdk-21-jre-headless', 'openjdk-17-jre-headless', 'default-jre-headless'];
const POLICY_FILE = '/usr/sbin/policy-rc.d';

/** Debian's packages of what watches a stack. */
const WATCHER_PACKAGES = ['prometheus', 'prometheus-alertmanager'];

export type ToolsOptions = {
  readonly needsMaven: boolean;
  readonly cache: string;
  readonly say: (line: string) => void;
};

/** Throws `tool-missing` with the command to type, or `install-failed`. */
export function ensureTools(options: ToolsOptions): void {
  const missing = missingPackages(options);
  if (missing.length > 0) {
    if (!canInstall()) throw new StackError('tool-missing', explain(missing));
    options.say(`Installing ${missing.join(', ')} with apt-get`);
    install(missing);
    const still = missingPackages(options);
    if (still.length > 0)
      throw new StackError('install-failed', `apt-get ended, but missing is still: ${still.join(', ')}.`);
  }
  ensurePostgresUser(options);
  installKcatOnce(options);
}

/**
 * Prometheus and Alertmanager, with promtool and amtool. `isDemanded`: a stack is to be started with them; otherwise they are
 * wanted by tests that are skipped without. Throws `tool-missing` where they are demanded, and not here nor to be installed.
 */
export function ensureWatchers({ isDemanded, say }: WatcherOptions): void {
  const isHere = findProgram('prometheus') !== null && findAlertmanager() !== null;
  if (isHere) return;
  const packages = WATCHER_PACKAGES.join(' ');
  try {
    if (!canInstall()) throw watchersMissing(packages);
    say(`Installing ${packages} with apt-get`);
    install(WATCHER_PACKAGES);
  } catch (error) {
    if (isDemanded) throw error;
    say('Prometheus and Alertmanager are not here; the tests that need them will be skipped.');
  }
}

function watchersMissing(packages: string): StackError {
  return new StackError(
    'tool-missing',
    `To watch a stack this machine still needs Prometheus and Alertmanager. On Debian or Ubuntu type: sudo apt-get install --no-install-recommends ${packages}. ` +
      'Elsewhere install them with your package manager. Afterwards run the same command again.',
  );
}

export type WatcherOptions = { readonly isDemanded: boolean; readonly say: (line: string) => void };

/** The path of Alertmanager, which Debian calls by a longer name; null if there is none. */
export function findAlertmanager(): string | null {
  return findProgram('alertmanager') ?? findProgram('prometheus-alertmanager');
}

/** PostgreSQL refuses to run as root: where root runs the stack, there must be somebody else to run it as. */
function ensurePostgresUser({ say }: ToolsOptions): void {
  if (process.getuid?.() !== 0 || lookUp(POSTGRES_USER) !== null) return;
  say(`Adding the system user ${POSTGRES_USER}, as whom PostgreSQL runs`);
  const args = [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    POSTGRES_USER,
  ];
  const { status, stderr, error } = spawnSync('useradd', args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new StackError(
    'install-failed',
    `The system user ${POSTGRES_USER} could not be added: ${error?.message ?? stderr.trim()}. ` +
      `PostgreSQL does not run as root. Add the user by hand, or start the stack as somebody else.`,
  );
}

/** What is missing, as names of Debian packages. */
function missingPackages({ needsMaven }: { readonly needsMaven: boolean }): string[] {
  const missing: string[] = [];
  if ((javaMajor() ?? 0) < JAVA_MAJOR_MIN) missing.push('java');
  if (needsMaven && findProgram('mvn') === null) missing.push('maven');
  if (findRedisServer() === null) missing.push('redis-server');
  return missing;
}

/** The path of a Redis or of Valkey, which answers the same commands; null if there is neither. */
export function findRedisServer(): string | null {
  return findProgram('redis-server') ?? findProgram('valkey-server');
}

export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Major version of the `java` on the path (JAVA_HOME wins); null if there is none. */
function javaMajor(): number | null {
  const { stderr, error } = spawnSync(javaProgram(), ['-version'], { encoding: 'utf8' });
  const version = error ? undefined : stderr.match(/version "(\d+)/)?.[1];
  return version === undefined ? null : Number(version);
}

export function javaProgram(): string {
  const home = process.env['JAVA_HOME'];
  const own = home === undefined ? null : join(home, 'bin', 'java');
  return own !== null && existsSync(own) ? own : 'java';
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && findProgram('apt-get') !== null;
}

function explain(missing: readonly string[]): string {
  const packages = missing.map((name) => (name === 'java' ? 'openjdk-17-jre-headless' : name)).join(' ');
  const command =
    findProgram('apt-get') === null
      ? `Install Java ${JAVA_MAJOR_MIN} or newer, Maven and Redis (or Valkey) with your package manager`
      : `Type: sudo apt-get install --no-install-recommends ${packages}`;
  return [
    `To run without Docker this machine still needs: ${missing.join(', ')}.`,
    `${command}. (Or start Docker: then none of this is needed.) Afterwards run the same command again.`,
  ].join('\n');
}

function install(missing: readonly string[]): void {
  withoutStartingServers(() => {
    aptGet(['update', '-qq']);
    const packages = missing.map((name) => (name === 'java' ? availableJava() : name));
    aptGet(['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  });
}

function availableJava(): string {
  const found = JAVA_PACKAGES.find((name) => {
    const { stdout } = spawnSync('apt-cache', ['policy', name], { encoding: 'utf8' });
    return /Candidate: (?!\(none\))\S/.test(stdout);
  });
  if (found !== undefined) return found;
  throw new StackError(
    'install-failed',
    `apt-get knows none of ${JAVA_PACKAGES.join(', ')}: install Java by hand.`,
  );
}

/** apt-get writes a lot that means nothing; it is shown only when it fails. */
function aptGet(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0) return;
  throw new StackError(
    'install-failed',
    `apt-get ${args[0]} failed: ${error?.message ?? stderr.trim().slice(-1_500)}\nTry by hand: apt-get ${args.join(' ')}`,
  );
}

/** invoke-rc.d(8) asks this script before a package starts its server; 101 means no. A machine's own policy is respected. */
function withoutStartingServers(work: () => void): void {
  const isOurs = !existsSync(POLICY_FILE);
  if (isOurs) writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    work();
  } finally {
    if (isOurs) rmSync(POLICY_FILE, { force: true });
  }
}

/** kcat serves some tests as an independent reader; they skip without it, so it is tried once and never insisted on. */
function installKcatOnce({ cache, say }: ToolsOptions): void {
  const stamp = join(cache, 'kcat-tried');
  if (findProgram('kcat') !== null || !canInstall() || existsSync(stamp)) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(stamp, '');
  try {
    install(['kcat']);
  } catch {
    say('kcat could not be installed; the few tests that need it will be skipped.');
  }
}
