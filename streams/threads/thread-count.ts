/** How many stream threads a process has. */

/** More than a machine has use for: whoever asks for that many has mistyped. */
const THREADS_MAX = 64;

/** The number that FLUXO_STREAM_THREADS asks for, from 1 to 64; 1 where it is not set. Throws with what is wrong with it. */
export function streamThreads(text = '1'): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= THREADS_MAX) return count;
  throw new Error(
    `FLUXO_STREAM_THREADS is ${JSON.stringify(text)}, but must be a whole number from 1 to ${THREADS_MAX}: one thread for each core the processor may use, and no more than the topics have partitions`,
  );
}
