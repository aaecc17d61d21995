/**
 * `npm test`: everything that says whether this checkout is right. Sets up what the tests need, then checks types, lint, unit
 * tests, the page and the tests against real servers; a failed step does not keep the next ones from running. Ends with one line,
 * `N passed, N failed`, that adds everything up (a step that is no test run counts as one), and exits 1 on any failure.
 *
 * Plain JavaScript on purpose: it runs on the machine's own Node (20 or newer) before the checkout has brought its Node 24.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterSecondTry, closingLine, countsOf, secondTryOf } from '../tools/counts.js';

const checkout = fileURLToPath(new URL('..', import.meta.url));

/** Programs of the checkout come first: `node` is then Node 24, whatever the machine has. */
const path = `${join(checkout, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;

/**
 * No broker of a test lives long enough to be worth what Java's second compiler takes: with the first alone one is up for half the processor
 * time.
 */
const KAFKA_JVM_PERFORMANCE_OPTS = '-XX:TieredStopAtLevel=1';

/** Test files that failed, and passed when they were run again. */
const passedOnSecondTry = [];

const setup = { name: 'Set-up', command: [process.execPath, 'stack/setup.js'], isTestRun: false };

const steps = [
  { name: 'Types', command: ['node', 'tools/tsc.js', '--noEmit', '-p', '.'], isTestRun: false },
  { name: 'Format and lint', command: ['biome', 'ci'], isTestRun: false },
  { name: 'Lint with types', command: ['oxlint', '--type-aware', '--deny-warnings'], isTestRun: false },
  {
    name: 'Unit tests',
    command: ['node', 'tools/jest.js', '--selectProjects', 'unit'],
    isTestRun: true,
  },
  { name: 'Tests of the page', command: ['npm', 'test', '-w', 'web'], isTestRun: true },
  {
    name: 'Simulation, 5,000 schedules of faults',
    command: ['npm', 'run', '--silent', 'sim', '--', '--seed', '1', '--schedules', '5000'],
    isTestRun: false,
    // One core, no server and no wall clock: nobody is in its way, nor it in anybody's.
    isBeside: true,
  },
  {
    name: 'Tests on real servers, and the page in a browser',
    // One worker more than elsewhere, because these wait half of their time; and an end, whatever timer one of them forgot.
    command: [
      'node',
      'tools/jest.js',
      '--selectProjects',
      'integration',
      'e2e',
      '--maxWorkers=3',
      '--forceExit',
    ],
    isTestRun: true,
    hasSecondTry: true,
  },
  {
    name: 'Fault tests, the quick ones',
    command: ['node', 'scripts/test-faults.js', '--quick'],
    isTestRun: true,
  },
];

/** Runs a program; resolves with whether it ended well. What it says is shown as it comes, or, where it runs beside others, at its end. */
function run([program, ...args], { environment, isBeside }) {
  const output = isBeside ? 'pipe' : 'inherit';
  const options = {
    cwd: checkout,
    env: { ...process.env, PATH: path, KAFKA_JVM_PERFORMANCE_OPTS, ...environment },
  };
  const child = spawn(program, args, { ...options, stdio: ['ignore', output, output] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => said.push(chunk));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${program} could not be started: ${error.message}`);
      resolve(false);
    });
    child.once('close', (code) => {
      process.stdout.write(Buffer.concat(said));
      resolve(code === 0);
    });
  });
}

/** Counts that jest's reporter has left in the file; undefined if it never came that far. */
function reportedIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

async function countsFrom({ name, command, isTestRun, isBeside = false }, folder) {
  const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.json`);
  const isOk = await run(command, { environment: { FLUXO_COUNTS_FILE: file }, isBeside });
  return countsOf(isTestRun, { isOk, reported: reportedIn(file) });
}

/**
 * On real servers a file that failed is run once more, as Apache Kafka's own build does it: machines stall. That it passes only then
 * is a bug all the same, of the test or of what it tests, and is said at the end.
 */
async function onceMore(step, first, folder) {
  const files = step.hasSecondTry ? secondTryOf(first) : null;
  if (files === null) return first;
  console.log(`\n== ${step.name}: once more, ${files.length} that failed`);
  const command = [...step.command, '--runTestsByPath', ...files];
  const second = await countsFrom({ ...step, name: `${step.name} once more`, command }, folder);
  if (second.failed === 0) passedOnSecondTry.push(...files);
  return afterSecondTry(first, second);
}

async function runStep(step, folder) {
  const { name, isBeside = false } = step;
  console.log(`\n== ${name}${isBeside ? ': beside what follows, shown at its end' : ''}`);
  const startedMs = performance.now();
  const counts = await onceMore(step, await countsFrom(step, folder), folder);
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(`== ${name}: ${counts.failed === 0 ? 'ok' : 'FAILED'} after ${seconds} s`);
  return counts;
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'fluxo-counts-'));
  const sum = { passed: 0, failed: 0, skipped: 0 };
  try {
    const ready = await runStep(setup, folder);
    sum.failed += ready.failed;
    const running = [];
    for (const step of ready.failed === 0 ? steps : []) {
      const counts = runStep(step, folder);
      running.push(counts);
      if (step.isBeside !== true) await counts;
    }
    for (const counts of await Promise.all(running))
      for (const key of Object.keys(sum)) sum[key] += counts[key];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exitCode = sum.failed === 0 ? 0 : 1;
  for (const file of passedOnSecondTry)
    console.log(`PASSED ONLY ON A SECOND TRY, which is a bug to be found: ${relative(checkout, file)}`);
  console.log(`\n${closingLine(sum)}`);
}

await main();
