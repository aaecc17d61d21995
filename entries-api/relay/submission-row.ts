/** A row of the outbox as the submission that the API has put there. */
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
