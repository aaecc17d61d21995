/** The services of the routes over one database, as the process has them and as tests do. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from './routes/services.ts';
import { AccountCurrencies } from './store/account-currencies.ts';
import { EntriesStore } from './store/entries-store.ts';
import { LedgerWaiting } from './store/ledger-waiting.ts';
import { OutboxBell } from './store/outbox-bell.ts';

export type DatabaseOptions = {
  readonly url: string;
  readonly name: string;
  readonly connectionsMax: number;
};

export function servicesOver(options: DatabaseOptions): {
  readonly services: Services;
  readonly store: EntriesStore;
} {
  const bell = new OutboxBell(() => store.ring());
  const store = new EntriesStore({ ...options, onAccepted: () => bell.ring() });
  const nowMs = Date.now;
  const services = {
    store,
    currencies: new AccountCurrencies(store, nowMs),
    waiting: new LedgerWaiting(store, { sleep: (ms) => sleep(ms), nowMs: () => performance.now() }),
    nowMs,
  };
  return { services, store };
}
