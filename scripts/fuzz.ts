/**
 * `npm run fuzz [-- --inputs N --seed S]`: hostile bytes by the million through the production path of the processor
 * (`testing/hostile-bytes`), every outcome judged; `npm test` does the same with 200,000. Shows how far it is, then what it
 * found; ends with `N passed, N failed`, in which a stall and memory that grows count as a failure each. Exits 1 on any.
 */
import { parseArgs } from 'node:util';
import { startProgress } from '../cli/progress.ts';
import { runCampaign, STALL_MS, type Tally } from '../testing/hostile-bytes/campaign.ts';
import { stockMessages } from '../testing/hostile-bytes/messages.ts';

const INPUTS_DEFAULT = 10_000_000;
/** Memory is compared with what it was after this many inputs, when everything is compiled and the heap has its size. */
const WARM_UP_INPUTS = 200_000;
const MEMORY_GROWTH_MAX_MB = 64;
const ATTEMPTS = 5;

const whole = new Intl.NumberFormat('en');

const { stdin, stdout, stderr, env } = process;
const terminal = { stdin, stdout, stderr, env, signal: new AbortController().signal };

/** Resident memory in MiB, once warm and at its highest after that. */
class MemoryWatch {
  warmMb = 0;
  highestMb = 0;

  look(inputs: number): void {
    const mb = Math.round(process.memoryUsage.rss() / 2 ** 20);
    if (inputs <= WARM_UP_INPUTS) this.warmMb = Math.max(this.warmMb, mb);
    this.highestMb = Math.max(this.highestMb, mb);
  }

  get growthMb(): number {
    return this.highestMb - this.warmMb;
  }
}

function numberOf(text: string | undefined, whenAbsent: number): number {
  const number = text === undefined ? whenAbsent : Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(
    `--inputs and --seed take whole numbers, not ${text}. Example: npm run fuzz -- --inputs 1000000 --seed 7`,
  );
  process.exit(2);
}

/** Those of the inputs that are slow every time they are decoded, and not because the machine did something else. */
async function stallsAmong(slow: readonly Uint8Array[]): Promise<number> {
  const { submissions } = (await stockMessages()).codecs;
  const bestMs = (value: Uint8Array): number =>
    Math.min(
      ...Array.from({ length: ATTEMPTS }, () => {
        const startedMs = performance.now();
        submissions.decode(value);
        return performance.now() - startedMs;
      }),
    );
  return slow.filter((value) => bestMs(value) > STALL_MS).length;
}

async function campaign(inputs: number, seed: number, memory: MemoryWatch): Promise<Tally> {
  const progress = startProgress(terminal, { label: 'Hostile bytes', total: inputs });
  try {
    return await runCampaign({
      inputs,
      seed,
      onProgress: (tally) => {
        memory.look(tally.inputs);
        const count = `${whole.format(tally.inputs)} of ${whole.format(inputs)} inputs, ${tally.failed} failed`;
        progress.show({ done: tally.inputs, count });
      },
    });
  } finally {
    progress.stop();
  }
}

function report(tally: Tally, memory: MemoryWatch, seconds: number): void {
  for (const { input, mutation, problem, hex } of tally.failures)
    console.log(`input ${input} (${mutation}): ${problem}\n  ${hex}`);
  console.log(
    [
      `${whole.format(tally.inputs)} inputs in ${Math.round(seconds)} s: ${whole.format(tally.malformed)} are no message, ` +
        `${whole.format(tally.messages)} are one in spite of all`,
      `${whole.format(tally.rejected)} ended as a rejection with their bytes, ${whole.format(tally.booked)} were booked`,
      `longest decoding ${Math.ceil(tally.slowestMs)} ms of wall time`,
      `memory ${memory.warmMb} MB once warm, ${memory.highestMb} MB at its highest`,
    ].join('\n'),
  );
}

const { values } = parseArgs({ options: { inputs: { type: 'string' }, seed: { type: 'string' } } });
const inputs = numberOf(values.inputs, INPUTS_DEFAULT);
const seed = numberOf(values.seed, 1);
const memory = new MemoryWatch();
const startedMs = performance.now();
const tally = await campaign(inputs, seed, memory);
report(tally, memory, (performance.now() - startedMs) / 1_000);
const stalls = await stallsAmong(tally.slow);
if (stalls > 0) console.log(`${stalls} inputs take longer than ${STALL_MS} ms to decode, every time`);
const hasGrown = memory.growthMb > MEMORY_GROWTH_MAX_MB;
if (hasGrown) console.log(`memory grew by ${memory.growthMb} MB, more than ${MEMORY_GROWTH_MAX_MB}`);
const failed = tally.failed + stalls + (hasGrown ? 1 : 0);
console.log(`${tally.inputs - tally.failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
