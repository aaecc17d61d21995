/** A caller of the entries API over HTTP, for tests on a whole stack: enters things with ids of its own and remembers what was accepted. */
export class EntriesClient {
  /** Ids by merchant, in the order in which they were accepted. */
  readonly accepted = new Map<string, string[]>();
  /** Answers other than 202, and failures to get one. */
  readonly refused: string[] = [];
  readonly #api: string;

  /** `api` is the base URL. */
  constructor(api: string) {
    this.#api = api;
  }

  get count(): number {
    return [...this.accepted.values()].reduce((sum, ids) => sum + ids.length, 0);
  }

  configure(merchantId: string): Promise<void> {
    return this.#send('PUT', merchantId, '', 'configId', settingsOf(merchantId));
  }

  enter(merchantId: string): Promise<void> {
    return this.#send('POST', merchantId, '/entries', 'entryId', aSaleNow());
  }

  /** What the API says of a submission. */
  async stateOf(merchantId: string, id: string): Promise<string> {
    const answer = await fetch(`${this.#api}/v1/merchants/${merchantId}/submissions/${id}`);
    return ((await answer.json()) as { readonly state: string }).state;
  }

  async #send(
    method: string,
    merchantId: string,
    path: string,
    idField: string,
    body: object,
  ): Promise<void> {
    const id = crypto.randomUUID();
    try {
      const answer = await fetch(`${this.#api}/v1/merchants/${merchantId}${path}`, {
        method,
        headers: { 'content-type': 'application/json', 'idempotency-key': id },
        body: JSON.stringify({ [idField]: id, ...body }),
      });
      const text = await answer.text();
      if (answer.status !== 202) this.refused.push(`${answer.status} ${text}`);
      else this.accepted.set(merchantId, [...(this.accepted.get(merchantId) ?? []), id]);
    } catch (error) {
      this.refused.push(String(error));
    }
  }
}

/** The body of a PUT of a merchant: days by UTC, one account. */
export function settingsOf(name: string): object {
  return {
    name,
    zone: 'UTC',
    cutoffMinutes: 0,
    effectiveFrom: '2020-01-01',
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 30,
    accounts: [{ accountId: 'drawer', name: 'Caixa', type: 'DRAWER', currency: 'BRL' }],
  };
}

/** The body of a POST of an entry, without an id: a cent that came in now. */
export function aSaleNow(): object {
  return {
    accountId: 'drawer',
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'PIX',
    amountMinor: 1,
    currency: 'BRL',
    occurredAt: new Date().toISOString(),
  };
}
