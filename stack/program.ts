/** How the programs of the stack end: 0 as asked, 1 with the reason on standard error, 2 for wrong usage. */
import { StackError } from './stack-error.ts';

/** Runs the program and sets the exit code. An error that is not for people is thrown on, with its stack. */
export async function runProgram(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isForPeople(error)) throw error;
    console.error(error.message);
    process.exitCode = isUsage(error) ? 2 : 1;
  }
}

function isForPeople(error: unknown): error is Error {
  return error instanceof StackError || isUsage(error);
}

function isUsage(error: unknown): boolean {
  if (error instanceof StackError) return error.code === 'usage' || error.code === 'unknown-service';
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}
