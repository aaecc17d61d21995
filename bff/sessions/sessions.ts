/**
 * The life of sessions: begun at the end of a sign-in under a new name, read by every request, kept supplied with an access token that
 * counts, ended at sign-out. Refresh tokens rotate and a second use of one ends everything the provider gave (RFC 9700, 4.14), so of all
 * requests and processes that find a token about to end, one renews it and the others wait for what it got.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sessionUnavailable, signedOut } from '../problems.ts';
import type { SignedIn, SignInProvider } from '../sign-in/sign-in-provider.ts';
import type { Session } from './session.ts';
import { newName, REFRESH_LOCK_TTL_MS, type SessionStore } from './session-store.ts';

/** An access token that ends sooner than this is renewed first. */
const RENEW_BEFORE_END_MS = 60_000;
const WAIT_FOR_OTHERS_MS = 50;
/** Longer than the lock of another process lives. */
const WAITS_MAX = (REFRESH_LOCK_TTL_MS + 1_000) / WAIT_FOR_OTHERS_MS;

export class Sessions {
  readonly #store: SessionStore;
  readonly #provider: SignInProvider;
  readonly #renewals = new Map<string, Promise<Session>>();
  readonly #onEnd: (name: string) => void;

  /** `onEnd` is told of every session that this process ends. */
  constructor(store: SessionStore, provider: SignInProvider, onEnd: (name: string) => void) {
    this.#store = store;
    this.#provider = provider;
    this.#onEnd = onEnd;
  }

  /** Begins a session; the name to give the browser. */
  async begin(signedIn: SignedIn): Promise<string> {
    const name = newName();
    await this.#store.write(name, { ...signedIn, csrfToken: newName() });
    return name;
  }

  /** The session of this name with an access token that counts for a while. Throws `signed-out` if there is no session any more. */
  async current(name: string): Promise<Session> {
    const session = await this.#store.read(name);
    if (session === null) throw signedOut();
    return isFresh(session) ? session : this.#renewed(name);
  }

  /** The session with a new access token, asked for once however many need it. */
  #renewed(name: string): Promise<Session> {
    const underWay = this.#renewals.get(name);
    if (underWay !== undefined) return underWay;
    const renewal = this.#renew(name).finally(() => this.#renewals.delete(name));
    this.#renewals.set(name, renewal);
    return renewal;
  }

  /** Ends the session here and what the provider gave for it. A provider that is away keeps nobody signed in. */
  async end(name: string, session: Session): Promise<void> {
    await this.#store.remove(name);
    this.#onEnd(name);
    await this.#provider.revoke(session.tokens.refresh).catch(() => undefined);
  }

  /**
   * The browser has another session now, so the former one ends. Nothing is revoked: at the provider both may stand on the same grant.
   */
  async forget(name: string): Promise<void> {
    await this.#store.remove(name);
    this.#onEnd(name);
  }

  async #renew(name: string): Promise<Session> {
    for (let count = 0; count < WAITS_MAX; count += 1) {
      if (await this.#store.lockRefresh(name)) {
        try {
          return await this.#ask(name);
        } finally {
          await this.#store.unlockRefresh(name).catch(() => undefined); // it ends by itself
        }
      }
      await sleep(WAIT_FOR_OTHERS_MS);
      const session = await this.#store.read(name);
      if (session === null) throw signedOut();
      if (isFresh(session)) return session;
    }
    throw sessionUnavailable(new Error('another process is renewing the session and does not get done'));
  }

  /** Asks the provider. What it can no longer renew is over; one that is away is not missed while the token still counts. */
  async #ask(name: string): Promise<Session> {
    const session = await this.#store.read(name);
    if (session === null) throw signedOut();
    if (isFresh(session)) return session;
    const tokens = await this.#provider.renew(session.tokens).catch((error: unknown) => {
      if (Date.now() < session.tokens.accessEndsAtMs) return session.tokens;
      throw error;
    });
    if (tokens === session.tokens) return session;
    if (tokens === null) return this.#over(name);
    // Kept before they are read, however that ends: the former refresh token is used up.
    const renewed = await this.#kept(name, { ...session, tokens });
    const rights = await this.#provider.rightsOf(tokens.access).catch(() => null);
    // The APIs judge the token itself; the page offers what the former one allowed until a renewal can read what is new.
    return rights === null ? renewed : this.#kept(name, { ...renewed, ...rights });
  }

  /** The session as it is from now on. One that has ended meanwhile stays ended. */
  async #kept(name: string, session: Session): Promise<Session> {
    return (await this.#store.replace(name, session)) ? session : this.#over(name);
  }

  async #over(name: string): Promise<never> {
    await this.#store.remove(name);
    this.#onEnd(name);
    throw signedOut();
  }
}

function isFresh({ tokens }: Session): boolean {
  return tokens.accessEndsAtMs - Date.now() > RENEW_BEFORE_END_MS;
}
