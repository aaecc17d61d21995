/**
 * `npm run cloud:synth -- --out DIR` and `npm run cloud:test`: installs what they need, where it is missing or older than its lock, and runs them
 * with the Node of the checkout. Needs no account of AWS and no Docker.
 *
 * Plain JavaScript on purpose: it runs on the machine's own Node (20 or newer) before the checkout has brought its Node 24.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));
const checkout = fileURLToPath(new URL('../../', import.meta.url));
const [command, ...options] = process.argv.slice(2);

/** Programs of this project first, then those of the checkout: `node` is then Node 24, whatever the machine has. */
const path = [join(here, 'node_modules/.bin'), join(checkout, 'node_modules/.bin'), process.env.PATH].join(
  delimiter,
);

function run(program, args, folder) {
  const env = { ...process.env, PATH: path, CDK_DISABLE_CLI_TELEMETRY: '1' };
  const { status, error } = spawnSync(program, args, { cwd: folder, stdio: 'inherit', env });
  if (error !== undefined) console.error(`${program} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** When the file was written, in ms; 0 if it is not there. */
const writtenAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function install(folder) {
  const isCurrent =
    writtenAt(join(folder, 'node_modules/.package-lock.json')) >=
    writtenAt(join(folder, 'package-lock.json'));
  if (!isCurrent) run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], folder);
}

/** npm runs scripts in the root of the checkout; the folder is meant from where the person stands. */
function placeOfTemplates() {
  try {
    const { out } = parseArgs({ args: options, options: { out: { type: 'string' } } }).values;
    if (out) return resolve(process.env.INIT_CWD ?? process.cwd(), out);
  } catch (error) {
    console.error(error.message);
  }
  console.error('Say where the templates are to go: npm run cloud:synth -- --out DIR');
  process.exit(2);
}

/** One template per stack, as `<stack>.template.json`, and nothing else of what CDK writes. */
function synth() {
  const out = placeOfTemplates();
  const assembly = mkdtempSync(join(tmpdir(), 'fluxo-cloud-'));
  try {
    run('cdk', ['synth', '--quiet', '--no-notices', '--no-lookups', '--output', assembly], here);
    mkdirSync(out, { recursive: true });
    const templates = readdirSync(assembly).filter((file) => /^fluxo-.*\.template\.json$/.test(file));
    for (const file of templates) copyFileSync(join(assembly, file), join(out, file));
    console.log(`${templates.length} templates in ${out}: ${templates.join(', ')}`);
  } finally {
    rmSync(assembly, { recursive: true, force: true });
  }
}

function test() {
  run('tsc', ['--noEmit', '-p', '.'], here);
  run('node', ['--test', 'test/*.test.ts'], here);
}

const commands = { synth, test };
if (!Object.hasOwn(commands, command ?? '')) {
  console.error(
    `infra/aws/run.js knows ${Object.keys(commands).join(' and ')}, not ${JSON.stringify(command)}.`,
  );
  process.exit(2);
}
install(checkout);
install(here);
commands[command]();
