/**
 * What the doctor looks at: a check has a name, looks, and says in verdicts what it found. A check never ends the round: one that fails, or
 * does not come back in time, is a verdict itself, so that every other one is still made.
 */
import { messageOf } from '../cli-error.ts';

/** `warn`: works, but not as it should, or not for long. `fail`: does not work. */
export type Verdict =
  | { readonly state: 'ok'; readonly found: string }
  | { readonly state: 'warn' | 'fail'; readonly found: string; readonly advice: string };

export type Check = {
  readonly name: string;
  /** What to do when the look itself fails. */
  readonly advice: string;
  readonly look: () => Promise<readonly Verdict[]>;
};

export type Diagnosis = { readonly check: string; readonly verdict: Verdict };

/** A check asks a few questions, each with a limit of its own; this is for what has none. */
const LOOK_WITHIN_MS = 20_000;

export const ok = (found: string): Verdict => ({ state: 'ok', found });
export const warn = (found: string, advice: string): Verdict => ({ state: 'warn', found, advice });
export const fail = (found: string, advice: string): Verdict => ({ state: 'fail', found, advice });

/** Makes the check. Never fails. */
export async function diagnose({ name, advice, look }: Check): Promise<readonly Diagnosis[]> {
  const verdicts = await inTime(look()).catch((error: unknown) => [failedLook(error, advice)]);
  return verdicts.map((verdict) => ({ check: name, verdict }));
}

/** Our own failures say what happened in their first line and what to do in those behind it. */
function failedLook(error: unknown, advice: string): Verdict {
  const [found = '', ...rest] = messageOf(error).split('\n');
  return fail(found === '' ? 'does not answer' : found, rest.length > 0 ? rest.join(' ') : advice);
}

async function inTime(looking: Promise<readonly Verdict[]>): Promise<readonly Verdict[]> {
  const late = Promise.withResolvers<never>();
  const seconds = LOOK_WITHIN_MS / 1_000;
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${seconds} s`)), LOOK_WITHIN_MS);
  try {
    return await Promise.race([looking, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
