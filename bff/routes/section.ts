/** Part of a page whose service may be away while the rest is there: whatever keeps it from coming becomes words inside the answer. */
import { RETRY_AFTER_SECONDS } from '@fluxo/http';
import type { Section } from '@fluxo/schemas';
import { PassedOnProblem, Problem } from '../problems.ts';

export async function sectionOf<Value>(question: Promise<Value>): Promise<Section<Value>> {
  try {
    return { state: 'ok', value: await question };
  } catch (error) {
    // Who may not see this may not see the rest either, and that is for the rest to say.
    if (!(error instanceof Problem) && !(error instanceof PassedOnProblem)) throw error;
    const retryAfterSeconds = error.status === 503 ? RETRY_AFTER_SECONDS : null;
    return { state: 'unavailable', code: error.code, retryAfterSeconds };
  }
}
