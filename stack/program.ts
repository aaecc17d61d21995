/** How the programs of the stack end: 0 as asked, 1 with the reason on standard error, 2 for wrong usage. */
import { StackError } from './stack-error.ts';

/** Runs the program and sets the exit code. An error that is not for people is thrown on, with its stack. */
export async function runProgram(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isForPeople(error)) throw error;
    console.error(isOfTheDisk(error) ? `${error.message}\n${DISK_ADVICE}` : error.message);
    const isUsage = error instanceof StackError && ['usage', 'unknown-service'].includes(error.code);
    process.exitCode = isUsage ? 2 : 1;
  }
}

/** No right, no folder, no room. */
const OF_THE_DISK = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOSPC', 'EDQUOT'];
const DISK_ADVICE =
  'A stack writes into FLUXO_HOME (.fluxo) and FLUXO_CACHE (~/.cache/fluxo): make room, or name folders of your own.';

function isForPeople(error: unknown): error is Error {
  return error instanceof StackError || isOfTheDisk(error);
}

function isOfTheDisk(error: unknown): boolean {
  return error instanceof Error && OF_THE_DISK.includes(String((error as NodeJS.ErrnoException).code));
}
