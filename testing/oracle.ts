/**
 * The contract as a program of its own, where it is at hand: `recount.py` says from a dump of the submissions what every
 * output must be, `generate.py` and `spread.py` make nasty input for it. They live beside a checkout in `../shared/oracle`
 * (FLUXO_ORACLE names another place) and are not part of this project; where they are not there, the tests that need them say so and are skipped.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const besideCheckout = fileURLToPath(new URL('../../shared/oracle/', import.meta.url));
const folder = join(process.env['FLUXO_ORACLE'] ?? besideCheckout, '/');
const OUTPUT_BYTES_MAX = 2 ** 30;
const run = promisify(execFile);

/** Whether the oracle can be asked on this machine. */
export const hasOracle = existsSync(`${folder}recount.py`);

export type Generated = {
  readonly seed: number;
  readonly merchants: number;
  readonly entries: number;
  readonly days?: number;
  readonly trouble?: number;
  readonly nowMs?: number;
};

/** Submissions as JSON lines, in the form `fluxo submit` reads. */
export async function generateSubmissions(options: Generated): Promise<string> {
  return python('generate.py', generatorArguments(options));
}

/** A dump of the submissions topic with records stamped over `spreadDays`, as JSON lines. */
export async function generateHistory(
  options: Generated & { spreadDays: number; nowMs: number },
): Promise<string> {
  const submissions = await generateSubmissions(options);
  const { nowMs, spreadDays, seed } = options;
  const args = ['--now', String(nowMs), '--days', String(spreadDays), '--seed', String(seed)];
  return python('spread.py', args, submissions);
}

/** What the oracle says of these outputs; `0 differences` at the end of the line when they are exactly right. */
export async function compareWithOracle(submissions: string, outputs: readonly string[]): Promise<string> {
  try {
    return (await python('recount.py', ['compare', submissions, ...outputs])).trim();
  } catch (error) {
    return `${(error as { stdout?: string }).stdout ?? ''}${(error as Error).message}`;
  }
}

/** Writes the text and returns the path, for the calls above, which read files. */
export async function saved(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  return path;
}

function generatorArguments(options: Generated): string[] {
  const { seed, merchants, entries, days, trouble, nowMs } = options;
  const named = { seed, merchants, entries, days, trouble, now: nowMs };
  return Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
}

async function python(script: string, args: readonly string[], input?: string): Promise<string> {
  const child = run('python3', [folder + script, ...args], { maxBuffer: OUTPUT_BYTES_MAX });
  child.child.stdin?.end(input);
  return (await child).stdout;
}
