/** A list that cannot be had now, and when to ask for it again. */
import type { Section } from '@fluxo/schemas';
import { problemOf, retryAfterSecondsOf } from '../api/problem.ts';

export function unavailable(error: unknown): Extract<Section<never>, { readonly state: 'unavailable' }> {
  const problem = problemOf(error);
  return { state: 'unavailable', code: problem.code, retryAfterSeconds: retryAfterSecondsOf(problem) };
}
