/** Runs a Python program with packages that pip puts into the cache, and nowhere else. */
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pythonPackages } from '../../testing/python-packages.ts';

const run = promisify(execFile);

/** Whether this machine has python3 with pip. */
export function hasPython(): boolean {
  return spawnSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0;
}

export type PythonOptions = {
  /** As pip takes them: `name==version`. */
  readonly packages: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

/** What the program (a path in the checkout) printed. Fails with its standard error if it exits with another status than 0. */
export async function runPython(program: string, { packages, env }: PythonOptions): Promise<string> {
  const folder = await pythonPackages(packages.join('+'), packages);
  const file = fileURLToPath(new URL(`../../${program}`, import.meta.url));
  return (await run('python3', [file], { env: { ...process.env, PYTHONPATH: folder, ...env } })).stdout;
}
