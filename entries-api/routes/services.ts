/** What the routes work with. */
import type { AccountCurrencies } from '../store/account-currencies.ts';
import type { EntriesStore } from '../store/entries-store.ts';
import type { LedgerWaiting } from '../store/ledger-waiting.ts';

export type Services = {
  readonly store: Pick<EntriesStore, 'accept' | 'repetitionOf' | 'decide' | 'stateOf' | 'isCrowded'>;
  readonly currencies: AccountCurrencies;
  readonly waiting: LedgerWaiting;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
};
