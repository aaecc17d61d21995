/** The query API as the page needs it: each question as a function, its answer as the type that `schemas/http` names. */
import type {
  BalanceBody,
  BalanceRangeBody,
  EntryListBody,
  EntryPageBody,
  Freshness,
  MerchantBody,
} from '@fluxo/schemas';
import type { Upstream, UpstreamAnswer } from './upstream.ts';

export type Balance = {
  readonly balance: BalanceBody;
  readonly freshness: Freshness;
  readonly etag: string;
  /** The greatest revision of anything of the merchant: what is to be waited for is above it. */
  readonly head: number;
};

/** What an answer is compared with: what was shown before it. */
export type Shown = Pick<Balance, 'head' | 'etag'> & { readonly balance: Pick<BalanceBody, 'revision'> };

export type Place = {
  readonly merchantId: string;
  /** YYYY-MM-DD */
  readonly date: string;
};

/** The latest entries that a day's page begins with. */
const LATEST_ENTRIES = 50;

export class QueryApi {
  readonly #upstream: Upstream;
  readonly #ledger: Upstream;

  /** `ledger` is the same service, asked for what it has from its database: failures there say nothing about balances. */
  constructor(upstream: Upstream, ledger = upstream) {
    this.#upstream = upstream;
    this.#ledger = ledger;
  }

  async merchant(accessToken: string, merchantId: string): Promise<MerchantBody> {
    const path = merchantPath(merchantId);
    return JSON.parse((await this.#upstream.ask({ path, accessToken })).text) as MerchantBody;
  }

  async balance(accessToken: string, { merchantId, date }: Place, minRevision = 0): Promise<Balance> {
    const query = minRevision === 0 ? '' : `?minRevision=${minRevision}`;
    const path = `${merchantPath(merchantId)}/balances/${date}${query}`;
    return balanceOf(await this.#upstream.ask({ path, accessToken }));
  }

  async days(
    accessToken: string,
    merchantId: string,
    { from, to }: { readonly from: string; readonly to: string },
  ): Promise<{ readonly days: readonly BalanceBody[]; readonly freshness: Freshness }> {
    const path = `${merchantPath(merchantId)}/balances?from=${from}&to=${to}`;
    const answer = await this.#upstream.ask({ path, accessToken });
    const { days } = JSON.parse(answer.text) as BalanceRangeBody;
    return { days, freshness: freshnessOf(answer) };
  }

  latestEntries(accessToken: string, { merchantId, date }: Place): Promise<EntryListBody> {
    return this.entries(accessToken, merchantId, `?businessDate=${date}&limit=${LATEST_ENTRIES}`);
  }

  /** A page of entries; `query` is the query API's own, from its question mark on. */
  async entries(accessToken: string, merchantId: string, query: string): Promise<EntryListBody> {
    const path = `${merchantPath(merchantId)}/entries${query}`;
    const answer = await this.#ledger.ask({ path, accessToken });
    return { ...(JSON.parse(answer.text) as EntryPageBody), head: headOf(answer) };
  }

  /**
   * The same as `balance`, as soon as something of the merchant is newer than what was shown; null if nothing of this day has changed, be it
   * that nothing came in time.
   */
  async change(
    accessToken: string,
    { merchantId, date }: Place,
    shown: Shown,
  ): Promise<{ readonly head: number; readonly balance: Balance | null }> {
    const path = `${merchantPath(merchantId)}/balances/${date}?minRevision=${shown.head + 1}`;
    const headers = { 'if-none-match': shown.etag };
    const answer = await this.#upstream.ask({ path, accessToken, headers });
    const head = Math.max(shown.head, headOf(answer));
    if (answer.status === 304) return { head, balance: null };
    const balance = balanceOf(answer);
    return { head, balance: isBehind(balance, shown) ? null : balance };
  }
}

/**
 * Whether an answer is older than what was shown: where several query APIs answer in turn, one of them may be behind the one that was asked
 * before. At an equal head it is not: the day's document may come after something newer of its merchant.
 */
export function isBehind({ head, balance }: Omit<Shown, 'etag'>, shown: Omit<Shown, 'etag'>): boolean {
  return head < shown.head || balance.revision < shown.balance.revision;
}

function merchantPath(merchantId: string): string {
  return `/v1/merchants/${encodeURIComponent(merchantId)}`;
}

function balanceOf(answer: UpstreamAnswer): Balance {
  return {
    balance: JSON.parse(answer.text) as BalanceBody,
    freshness: freshnessOf(answer),
    etag: answer.headers.get('etag') ?? '',
    head: headOf(answer),
  };
}

function freshnessOf({ headers }: UpstreamAnswer): Freshness {
  return {
    tier: headers.get('x-fluxo-tier') ?? '',
    revision: Number(headers.get('x-fluxo-revision') ?? 0),
    shownAt: new Date().toISOString(),
  };
}

function headOf({ headers }: UpstreamAnswer): number {
  return Number(headers.get('x-fluxo-head') ?? headers.get('x-fluxo-revision') ?? 0);
}
