/**
 * Starts a TypeScript program of the stack from whatever Node the user has: installs the packages if there are none (one of
 * them is Node 24), then runs the program with Node 24 and passes signals and the exit code on. Plain JavaScript without
 * dependencies, because it runs before anything is installed. It knows nothing of what the programs do.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const PARENT_CHECK_MS = 1_000;

/** Runs `npm ci` unless what is installed is what package-lock.json asks for. */
export function ensurePackages() {
  const difference = installedDifference();
  if (difference === null) return;
  console.log(`${difference}: running npm ci (about a minute)`);
  // Only errors: on Node 20 npm warns about dozens of packages that will run on the Node 24 it is about to install.
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: checkout, stdio: 'inherit' });
  if (status === 0) return;
  console.error('npm ci failed, so nothing was started. Look at the lines above, then run `npm ci` by hand.');
  process.exit(1);
}

/** Null if all is in place. npm's record of what it has installed is the last thing it writes. */
function installedDifference() {
  const record = join(checkout, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return 'Packages are missing';
  const installed = packagesIn(record);
  const differing = Object.entries(packagesIn(join(checkout, 'package-lock.json'))).some(
    ([path, { version, optional, link }]) =>
      path.includes('node_modules/') && !optional && !link && installed[path]?.version !== version,
  );
  return differing ? 'Packages differ from package-lock.json' : null;
}

function packagesIn(lock) {
  return JSON.parse(readFileSync(lock, 'utf8')).packages;
}

/** The Node to run TypeScript with: this one if it is new enough, else the one installed as a package. */
export function findNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const installed = join(checkout, 'node_modules', '.bin', 'node');
  if (existsSync(installed)) return installed;
  console.error(
    `Node ${process.versions.node} is too old, and this platform gets no Node 24 as a package: install Node 24.15 or newer.`,
  );
  return process.exit(1);
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 15);
}

/** Runs `stack/<program>` and ends this process with its exit code. */
export function launch(program, args = process.argv.slice(2)) {
  const child = spawn(findNode(), [join(checkout, 'stack', program), ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${join(checkout, 'node_modules', '.bin')}:${process.env.PATH ?? ''}` },
  });
  // A terminal sends Ctrl-C to the child as well; passing it on twice is harmless, the programs stop once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  stopWithParent(child);
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

/** When npm is killed so hard that it cannot pass the signal on, the stack in the foreground must still end. */
function stopWithParent(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, PARENT_CHECK_MS).unref();
}

/** Sets up what a stack started by this command line needs; false if that failed, which has been said by then. Only one that names DynamoDB needs its server, and only one that is observed what observes it. */
export function setUpFor(argv) {
  const needsDynamodb = argv.slice(2).some((word) => word.includes('dynamodb'));
  const isObserved = argv.slice(2).some((word) => /observe|prometheus|alertmanager/.test(word));
  const args = ['--quiet', isObserved ? '--with-watchers' : '--without-watchers'];
  if (!needsDynamodb) args.push('--without-dynamodb');
  const { status } = spawnSync(findNode(), [join(checkout, 'stack', 'setup', 'main.ts'), ...args], {
    stdio: 'inherit',
  });
  return status === 0;
}
