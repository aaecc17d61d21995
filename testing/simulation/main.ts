/**
 * `npm run sim -- --seed N --schedules M`: runs M schedules, the first with seed N, the others with the seeds after it. Ends with
 * one line, `N passed, N failed`, and exits 1 if any promise was broken. A schedule that fails says how to replay it. With even
 * seeds processes keep checkpoints, with every third one brokers have slow storage.
 */
import { parseArgs } from 'node:util';
import { Catalogue } from './catalogue.ts';
import { runSchedule, type ScheduleResult } from './schedule.ts';

const PROGRESS_MS = 10_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    schedules: { type: 'string', default: '1000' },
    verbose: { type: 'boolean', default: false },
  },
});
const firstSeed = wholeNumber('seed', values.seed);
const count = wholeNumber('schedules', values.schedules);

const catalogue = await Catalogue.open();
const faults = new Map<string, number>();
const sum = {
  passed: 0,
  failed: 0,
  submissions: 0,
  commits: 0,
  checkpoints: 0,
  blanks: 0,
  simulatedMs: 0,
  faults: 0,
};
// Failures are made by the thousand here; where one was made tells little, and finding out costs a tenth of the time.
if (!values.verbose) Error.stackTraceLimit = 0;
const startedMs = performance.now();
let saidMs = startedMs;

for (let seed = firstSeed; seed < firstSeed + count; seed++) {
  const result = await runSchedule({
    seed,
    ...catalogue.commissionFor(seed),
    hasDisk: seed % 2 === 0,
    hasSlowStorage: seed % 3 === 0,
    ...(values.verbose ? { trace: (line: string) => console.log(line) } : {}),
  });
  add(result);
  if (performance.now() - saidMs > PROGRESS_MS) {
    saidMs = performance.now();
    console.log(summary());
  }
}
console.log(summary());
console.log(
  `faults that hit: ${[...faults]
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, hits]) => `${kind} ${hits}`)
    .join(', ')}`,
);
console.log(`recounted by the audit: ${catalogue.recounted} different ends`);
process.exitCode = sum.failed === 0 ? 0 : 1;
console.log(`\n${sum.passed} passed, ${sum.failed} failed`);

function add(result: ScheduleResult): void {
  const { seed, submissions, commits, checkpointsUsed, blankAnswers, simulatedMs, violation } = result;
  sum.submissions += submissions;
  sum.commits += commits;
  sum.checkpoints += checkpointsUsed;
  sum.blanks += blankAnswers;
  sum.simulatedMs += simulatedMs;
  for (const [kind, hits] of result.faults) {
    sum.faults += hits;
    faults.set(kind, (faults.get(kind) ?? 0) + hits);
  }
  if (violation === null) {
    sum.passed += 1;
    return;
  }
  sum.failed += 1;
  console.error(`\nseed ${seed}: ${violation.stack ?? violation.message}`);
  console.error(`Replay it: npm run sim -- --seed ${seed} --schedules 1 --verbose`);
  console.error('Once it is mended, keep it: test/regression/seeds.ts says how.');
}

function summary(): string {
  const done = sum.passed + sum.failed;
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage();
  const rate = Math.round(done / seconds);
  const rateOfCpu = Math.round((done / (user + system)) * 1_000_000);
  const perSchedule = (total: number): number => Math.round(total / done);
  return (
    `${done} of ${count} schedules, ${sum.failed} failed, ${rate} a second (${rateOfCpu} a second of processor time); each ${perSchedule(sum.submissions)} submissions, ` +
    `${perSchedule(sum.faults)} faults, ${perSchedule(sum.commits)} commits, ${perSchedule(sum.checkpoints)} checkpoints used, ${perSchedule(sum.blanks)} answers of slow storage in ${perSchedule(sum.simulatedMs / 1_000)} simulated seconds`
  );
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} must be a whole number, not ${text}`);
}
