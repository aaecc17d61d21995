/**
 * How long a store may take, as the store's own time: what a process that is busy does not hear is not held against it. An ordinary timer fires at
 * the beginning of a turn of the event loop, before the sockets are looked at. So after a turn that was longer than the limit it would
 * refuse an answer that has been there all the while, as it did to thousands who came at once, and a circuit breaker would take a store for
 * sick because we were. Here the limit passes in slices, and a turn, however long, takes one of them; after the last one the sockets
 * are looked at once more.
 */

const SLICES = 5;

/** No answer came within the time limit. */
export class TooLateError extends Error {
  override readonly name = 'TooLateError';
  readonly code = 'too-late';
}

/** What `look` resolves or fails with. Fails with `TooLateError` if that takes longer than the limit, not counting what a turn takes beyond a fifth of it. */
export async function withinLimit<Value>(
  limitMs: number,
  look: () => Value | Promise<Value>,
): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const cancel = afterSlices(limitMs / SLICES, SLICES, () =>
    late.reject(new TooLateError(`no answer within ${limitMs} ms`)),
  );
  try {
    return await Promise.race([look(), late.promise]);
  } finally {
    cancel();
  }
}

/** Calls `end` after so many slices, in a turn that has looked at the sockets, unless cancelled before by what it returns. */
function afterSlices(sliceMs: number, slices: number, end: () => void): () => void {
  let timer = setTimeout(pass, sliceMs, slices - 1);
  function pass(left: number): void {
    if (left > 0) timer = setTimeout(pass, sliceMs, left - 1);
    else setImmediate(end);
  }
  return () => clearTimeout(timer);
}
