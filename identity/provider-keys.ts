/**
 * The public keys of the sign-in provider: found through its discovery document, kept for at most ten minutes, fetched anew in
 * the background before that and when a token names a key not met yet. A provider that is down is not missed until the keys are ten
 * minutes old; from then on nothing is accepted any more (reliability.md, row 19). A key that the provider withdraws is
 * forgotten within five minutes, while it can be asked. No calendar that is put back makes any of this longer, so none of it is left to jose's.
 */
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';

/** Keys serve no longer than this after they were fetched, in milliseconds. */
export const KEYS_AGE_MAX_MS = 600_000;

/** From this age on the next request has them fetched anew, without waiting for it. */
export const REFRESH_AFTER_MS = 300_000;

/** A stranger who makes up key ids, or a provider that is down, has the provider asked no more often than this. */
export const ASK_EVERY_MS = 10_000;

const ANSWER_WITHIN_MS = 5_000;
const DISCOVERY_PATH = '/.well-known/openid-configuration';

/** By the calendar, and by the clock that is never put back but stands while the machine sleeps; milliseconds. */
type Moment = { readonly calendarMs: number; readonly runningMs: number };

const NEVER: Moment = { calendarMs: Number.NEGATIVE_INFINITY, runningMs: Number.NEGATIVE_INFINITY };

/** Told of every failure to fetch keys, with what it means. */
export type KeyFailureReporter = (error: unknown) => void;

export class ProviderKeys {
  readonly #issuer: string;
  readonly #report: KeyFailureReporter;
  readonly #remote: ReturnType<typeof createRemoteJWKSet>;
  #fetchedAt = NEVER;
  #failedAt = NEVER;
  #failure: unknown;

  constructor(issuer: string, report: KeyFailureReporter) {
    this.#issuer = issuer;
    this.#report = report;
    this.#remote = createRemoteJWKSet(new URL(discoveryOf(issuer)), {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: ANSWER_WITHIN_MS,
      [customFetch]: (_, options) => this.#fetch(options.signal),
    });
  }

  /** Of the keys in use; whoever remembers an answer forgets it when this has changed. */
  get generation(): number {
    return this.#fetchedAt.runningMs;
  }

  /** Whether there are keys young enough to trust what was verified with them. Starts a fetch when they grow old. */
  get areFresh(): boolean {
    const ageMs = sinceMs(this.#fetchedAt);
    if (ageMs >= REFRESH_AFTER_MS && !this.#remote.reloading && !this.#failedLately)
      this.#reload().catch(() => undefined); // reported where it failed
    return ageMs < KEYS_AGE_MAX_MS;
  }

  /** The key that a token's header names. Fails with jose's `ERR_JWKS_NO_MATCHING_KEY`, or with why none can be had. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (sinceMs(this.#fetchedAt) >= KEYS_AGE_MAX_MS) await this.#reload();
    try {
      return await this.#remote(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || sinceMs(this.#fetchedAt) < ASK_EVERY_MS)
        throw error;
      await this.#reload();
      return this.#remote(header, token);
    }
  };

  get #failedLately(): boolean {
    return sinceMs(this.#failedAt) < ASK_EVERY_MS;
  }

  /** Whoever asks while somebody else does gets the same answer. */
  async #reload(): Promise<void> {
    await this.#remote.reload();
    this.#fetchedAt = now();
  }

  /** What jose takes for the answer of its one address: the key set that the discovery document there leads to. */
  async #fetch(signal: AbortSignal): Promise<Response> {
    if (this.#failedLately) throw this.#failure;
    try {
      return Response.json(await fetchJson(await this.#keysAddress(signal), signal));
    } catch (error) {
      this.#failedAt = now();
      this.#failure = error;
      this.#report(error);
      throw error;
    }
  }

  /** OpenID Connect Discovery 1.0, section 4.3: a document that names another issuer is not this issuer's. */
  async #keysAddress(signal: AbortSignal): Promise<string> {
    const document = (await fetchJson(discoveryOf(this.#issuer), signal)) as Record<string, unknown>;
    if (document['issuer'] !== this.#issuer)
      throw new Error(`the discovery document at ${discoveryOf(this.#issuer)} is that of another issuer`);
    const address = URL.parse(String(document['jwks_uri']));
    // Keys fetched in the clear are keys of whoever stands in between.
    if (address?.protocol !== new URL(this.#issuer).protocol)
      throw new Error(
        `the discovery document at ${discoveryOf(this.#issuer)} names no keys over the same protocol`,
      );
    return address.href;
  }
}

function now(): Moment {
  return { calendarMs: Date.now(), runningMs: performance.now() };
}

function sinceMs({ calendarMs, runningMs }: Moment): number {
  return Math.max(Date.now() - calendarMs, performance.now() - runningMs);
}

function discoveryOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}${DISCOVERY_PATH}`;
}

async function fetchJson(address: string, signal: AbortSignal): Promise<unknown> {
  // A connection kept since the last time, minutes ago, may lead to a process that is gone.
  const headers = { connection: 'close' };
  const answer = await fetch(address, { signal, redirect: 'error', headers });
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
  return answer.json();
}
