/**
 * `npm run bench [-- NAME… --OPTION…]`: runs the benchmarks, one process each, shows what they print and appends every result
 * line, with the commit and the machine it was measured on, to `bench/results/<name>.jsonl`. Options go to the benchmarks.
 * Timings of one machine at one moment: compare figures of one run, as ratios. How to repeat each is in `bench/README.md`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./', import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
}

/** Where a figure comes from: the commit (`+` when the tree was changed), the day, the machine. */
function provenance(): Record<string, unknown> {
  const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
  return {
    commit: git('rev-parse', '--short', 'HEAD') + (isChanged ? '+' : ''),
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cores: cpus().length,
  };
}

async function run(name: string, options: readonly string[]): Promise<number> {
  mkdirSync(`${folder}results`, { recursive: true });
  const bench = spawn(process.execPath, [`${folder}${name}.bench.ts`, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number>((resolve) => bench.once('exit', (status) => resolve(status ?? 1)));
  for await (const line of createInterface({ input: bench.stdout })) {
    console.log(line);
    if (line.startsWith('{'))
      appendFileSync(
        `${folder}results/${name}.jsonl`,
        `${JSON.stringify({ ...(JSON.parse(line) as object), ...provenance() })}\n`,
      );
  }
  return exited;
}

const isOption = (word: string): boolean => word.startsWith('--');
const words = process.argv.slice(2);
const wanted = words.filter((word) => !isOption(word));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(', ')}; there are ${names.join(', ')}`);
  process.exitCode = 2;
} else {
  for (const name of wanted.length > 0 ? wanted : names) {
    console.error(`— ${name}`);
    const status = await run(name, words.filter(isOption));
    if (status !== 0) {
      console.error(`${name} failed with status ${status}`);
      process.exitCode = 1;
    }
  }
}
