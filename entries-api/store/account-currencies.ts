/**
 * The currency of an account, as far as the ledger is known here: an amount in another one would be refused in any case, because an
 * account never changes its currency (spec.md 3.6). Of an account that is not known here nothing is said: it may be a moment old.
 */
import { invalidBody, type Problem } from '../problems.ts';
import type { EntriesStore } from './entries-store.ts';

const MERCHANTS_MAX = 10_000;

export class AccountCurrencies {
  readonly #store: Pick<EntriesStore, 'currenciesOf'>;
  readonly #nowMs: () => number;
  /** In the order in which they were read. */
  readonly #known = new Map<
    string,
    { readonly byAccount: ReadonlyMap<string, string>; readonly readMs: number }
  >();

  constructor(store: Pick<EntriesStore, 'currenciesOf'>, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** A `body-invalid` problem if the account is known with another currency; else null. */
  async refusalOf(merchantId: string, accountId: string, currency: string): Promise<Problem | null> {
    const expected = (await this.#of(merchantId, accountId)).get(accountId);
    if (expected === undefined || expected === currency) return null;
    return invalidBody('/currency', `must be ${expected}, the currency of account "${accountId}"`);
  }

  /** An unknown account is looked for again, but not for every request. */
  async #of(merchantId: string, accountId: string): Promise<ReadonlyMap<string, string>> {
    const known = this.#known.get(merchantId);
    if (known !== undefined && (known.byAccount.has(accountId) || this.#nowMs() - known.readMs < 1_000))
      return known.byAccount;
    const byAccount = await this.#store.currenciesOf(merchantId);
    this.#known.delete(merchantId);
    this.#known.set(merchantId, { byAccount, readMs: this.#nowMs() });
    if (this.#known.size > MERCHANTS_MAX) this.#known.delete(this.#known.keys().next().value as string);
    return byAccount;
  }
}
