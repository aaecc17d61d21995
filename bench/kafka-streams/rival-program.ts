/**
 * The rival's program: the Java sources beside this file, compiled by Maven into the cache of downloads, once for each state of
 * the sources, as `npm run setup` does it with Kafka's jars. Needs a JDK 17 and Maven on the path.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('./java/', import.meta.url));
const QUIET = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';

export type RivalArguments = Readonly<Record<string, string | number>>;

export class RivalProgram {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
  }

  /** Compiles it unless that was done before. `endMs`: the end of the workload. */
  static compile(cache: string, at: { readonly kafka: string; readonly endMs: number }): RivalProgram {
    const folder = join(cache, `kafka-streams-rival-${digestOfSources()}`);
    if (!existsSync(folder)) compileInto(folder, cache);
    return new RivalProgram(folder, { BOOTSTRAP: at.kafka, END_MS: String(at.endMs) });
  }

  /** Runs one of its commands to the end; what it printed. Throws its last words when it fails. */
  async run(command: string, options: RivalArguments): Promise<string> {
    const child = this.start(command, options, []);
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (status === 0) return output;
    throw new Error(`the rival's command ${command} failed: ${output.slice(-2_000)}`);
  }

  start(command: string, options: RivalArguments, jvmFlags: readonly string[]): ChildProcess {
    const classPath = `${join(this.#folder, 'target/classes')}:${join(this.#folder, 'target/lib/*')}`;
    const settings = Object.entries(options).map(([name, value]) => `${name}=${value}`);
    const child = spawn('java', [...jvmFlags, QUIET, '-cp', classPath, 'bench.Main', command, ...settings], {
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end); // a bench that fails must not leave it behind
    child.once('exit', () => process.removeListener('exit', end));
    return child;
  }
}

function digestOfSources(): string {
  const digest = createHash('sha256');
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.(java|xml)$/.test(path),
  );
  for (const path of files.toSorted()) digest.update(readFileSync(join(sources, path)));
  return digest.digest('hex').slice(0, 12);
}

/** A folder of the cache is complete or absent. */
function compileInto(folder: string, cache: string): void {
  console.error('Compiling the rival with Maven (the first time this downloads about 100 MB)');
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'compiling-'));
  try {
    cpSync(sources, work, { recursive: true });
    const goals = [
      'compile',
      'dependency:copy-dependencies',
      '-DoutputDirectory=target/lib',
      '-DincludeScope=runtime',
    ];
    const { status, stdout, stderr, error } = spawnSync('mvn', ['-B', '-ntp', '-q', ...goals], {
      cwd: work,
      encoding: 'utf8',
    });
    if (status !== 0)
      throw new Error(
        `Maven could not compile the rival: ${error?.message ?? `${stdout}${stderr}`.slice(-2_000)}\n` +
          'It needs Maven and a JDK 17 (not only a JRE): apt-get install maven openjdk-17-jdk-headless',
      );
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
