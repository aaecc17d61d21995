/**
 * Something a person wants done, and how far it has come. Its id and its idempotency key are made when the form is opened and stay until it is
 * settled: however often it is sent, it counts once.
 */
export type CommandKind = 'entry' | 'transfer' | 'reversal' | 'close' | 'reopen' | 'settings';

export type CommandState =
  /** Waits on this device: not sent yet, or sent without an answer. What was kept before pages noted this does not say it is unsent. */
  | { readonly name: 'waiting'; readonly isUnsent: boolean }
  /** On disk at the entries API; the ledger has not judged it yet. */
  | { readonly name: 'accepted' }
  | { readonly name: 'posted'; readonly ledgerSeq: number | null; readonly businessDate: string | null }
  /** Refused, by the API or by the ledger: with a code the page has words for. */
  | { readonly name: 'refused'; readonly code: string; readonly detail: string | null };

export type Command = {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly kind: CommandKind;
  readonly merchantId: string;
  readonly method: 'POST' | 'PUT';
  /** Behind /api/merchants/{id}. */
  readonly path: string;
  readonly body: object;
  /** What a person recognises it by. */
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /** A kind, a purpose or a date, for the words of the list. */
  readonly about: string;
  readonly madeAt: string;
  readonly state: CommandState;
};

/** As it is put into the outbox. */
export type NewCommand = Omit<Command, 'state' | 'madeAt'>;

/** Where the body says the id. */
const ID_FIELD: Readonly<Record<CommandKind, string>> = {
  entry: 'entryId',
  transfer: 'entryId',
  reversal: 'entryId',
  close: 'requestId',
  reopen: 'requestId',
  settings: 'configId',
};

/** The same thing done once more: it counts besides the first. */
export function withNewIds(command: NewCommand): NewCommand {
  const id = crypto.randomUUID();
  const body = { ...command.body, [ID_FIELD[command.kind]]: id };
  return { ...command, id, idempotencyKey: crypto.randomUUID(), body };
}

/** Whether both ask for the same, word by word. */
export function isSameContent(one: NewCommand, other: NewCommand): boolean {
  return JSON.stringify([one.path, one.body]) === JSON.stringify([other.path, other.body]);
}

export const isSettled = ({ state }: Command): boolean => state.name === 'posted' || state.name === 'refused';
