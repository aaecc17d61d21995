/**
 * The id and the idempotency key of a form, made when it is opened. They and what was typed survive a reload of the window, so that
 * the form that comes back is the same one. A duplicated window has them too: the outbox gives others to the second content.
 */
import type { Command } from './command.ts';

export type FormDraft<Values> = {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly values: Values | null;
};

const keyOf = (form: string): string => `fluxo.form.${form}`;

/** The draft of this form, new if there is none. */
export function openDraft<Values>(form: string): FormDraft<Values> {
  try {
    const kept = sessionStorage.getItem(keyOf(form));
    if (kept !== null) return JSON.parse(kept) as FormDraft<Values>;
  } catch {
    // Unreadable: it was never sent, so a new one takes its place.
  }
  return keepDraft(form, newDraft<Values>());
}

export function newDraft<Values>(): FormDraft<Values> {
  return { id: crypto.randomUUID(), idempotencyKey: crypto.randomUUID(), values: null };
}

/** After these the id is somebody else's, or nobody knows whose. */
const TAKEN = new Set(['duplicate', 'duplicate-mismatch', 'idempotency-key-reused', 'stale-submission']);

/** For what was refused, under its own id where the refusal has left that free. The key is new, because the content will be. */
export function draftToCorrect<Values>({ id, state }: Command): FormDraft<Values> {
  const draft = newDraft<Values>();
  return state.name === 'refused' && TAKEN.has(state.code) ? draft : { ...draft, id };
}

export function keepDraft<Values>(form: string, draft: FormDraft<Values>): FormDraft<Values> {
  sessionStorage.setItem(keyOf(form), JSON.stringify(draft));
  return draft;
}

/** The form was sent: the next one is another. */
export function closeDraft(form: string): void {
  sessionStorage.removeItem(keyOf(form));
}
