/**
 * A submission as the API makes it of a request: the caller's fields, an id, when it was made, and who made it. What can be judged
 * without knowing the merchant is judged here, by the domain's own forms; everything else is the processor's to say.
 */
import { randomUUID } from 'node:crypto';
import { idOf, parseSubmission, type Submission } from '@fluxo/domain';
import { type JsonObject, toJsonForm } from '@fluxo/kafka';
import { invalidBody } from '../problems.ts';

/** What goes into the `source` of every submission of this API. */
export const SOURCE_SYSTEM = 'entries-api';

export type NewSubmission = {
  readonly type: Submission['type'];
  readonly id: string;
  /** RFC 3339. */
  readonly submittedAt: string;
  /** The record in its JSON form, as the relay reads it. */
  readonly value: JsonObject;
};

/** The name of the id in records of this type, and in bodies. */
export const idFieldOf: Readonly<Record<Submission['type'], 'entryId' | 'configId' | 'requestId'>> = {
  EntrySubmitted: 'entryId',
  TransferSubmitted: 'entryId',
  ReversalSubmitted: 'entryId',
  MerchantConfigured: 'configId',
  DayCloseRequested: 'requestId',
  DayReopenRequested: 'requestId',
};

/** Throws a `body-invalid` problem that points at the field. `nowMs` is epoch milliseconds. */
export function newSubmission(
  type: Submission['type'],
  fields: Readonly<Record<string, unknown>>,
  nowMs: number,
): NewSubmission {
  const source = { system: SOURCE_SYSTEM, deviceId: null, sequence: null };
  const id = { [idFieldOf[type]]: randomUUID() };
  const parsed = parseSubmission(type, { ...id, ...fields, submittedAt: nowMs, source });
  if ('problem' in parsed) throw invalidForm(parsed.problem);
  const { submission } = parsed;
  return {
    type,
    id: idOf(submission),
    submittedAt: new Date(nowMs).toISOString(),
    value: toJsonForm(submission.type, submission.value as never),
  };
}

/** `MerchantConfigured.accounts[2].name is longer than …` with a pointer instead of the path. */
function invalidForm(problem: string): Error {
  const [, path = '', detail = problem] = /^\w+((?:\.\w+|\[\d+\])*) (.*)$/s.exec(problem) ?? [];
  return invalidBody(path.replaceAll('.', '/').replaceAll(/\[(\d+)\]/g, '/$1'), detail);
}
