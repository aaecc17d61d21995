/** A server that is compared, as the benchmark holds it: `subject-process.ts` says what each is. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answers } from '../bare-server.ts';

const PROGRAM = fileURLToPath(new URL('./subject-process.ts', import.meta.url));

export const subjectNames = ['fluxo', 'bare', 'redis', 'postgres'] as const;
export type SubjectName = (typeof subjectNames)[number];

export type SubjectPlan = {
  /** Of `stored-documents.ts`: so many merchants, with documents of these days. */
  readonly merchants: number;
  readonly days: readonly number[];
  /** What the query API answers; it is not told itself. */
  readonly answers: Answers;
  /** Where the stores are. */
  readonly redis: string;
  readonly postgres: string;
};

export class Subject {
  readonly name: SubjectName;
  readonly address: string;
  readonly #child: ChildProcess;

  private constructor(name: SubjectName, child: ChildProcess, port: number) {
    this.name = name;
    this.#child = child;
    this.address = `http://127.0.0.1:${port}`;
  }

  /** Resolves when it answers. */
  static async start(name: SubjectName, plan: SubjectPlan): Promise<Subject> {
    const child = fork(PROGRAM, [name], { serialization: 'advanced' });
    child.send(plan);
    const port = await answerOf(child);
    return new Subject(name, child, port);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** CPU time of the process so far, microseconds. */
  cpuMicros(): Promise<number> {
    this.#child.send('cpu');
    return answerOf(this.#child);
  }

  stop(): void {
    this.#child.kill();
  }
}

/** The next number it says. Fails if it ends instead: its last words are on standard error. */
async function answerOf(child: ChildProcess): Promise<number> {
  const over = new AbortController();
  const onExit = () => over.abort(new Error(`${PROGRAM} has ended`));
  child.once('exit', onExit);
  try {
    const [answer] = (await once(child, 'message', { signal: over.signal })) as [number];
    return answer;
  } finally {
    child.off('exit', onExit);
  }
}
