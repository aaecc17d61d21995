/** A row of the outbox as the submission that the API has put there, if this release knows it. */
import { type Parsed, parseSubmission } from '@fluxo/domain';
import { fromJsonForm, isRecordName } from '@fluxo/kafka';
import type { OutboxRow } from './outbox.ts';

export function submissionIn({ type, value }: OutboxRow): Parsed {
  if (!isRecordName(type)) return { problem: `its type is ${type}` };
  try {
    return parseSubmission(type, fromJsonForm(type, value));
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** When it was submitted, in epoch milliseconds, also of a row that is of a later release; 0 where it does not say. */
export function submittedAtOf({ value }: OutboxRow): number {
  const { submittedAt } = (value ?? {}) as { readonly submittedAt?: unknown };
  return typeof submittedAt === 'number' ? submittedAt : 0;
}
