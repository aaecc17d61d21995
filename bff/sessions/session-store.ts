/**
 * Sessions and sign-ins under way, in Redis, each with a time to live. The key is the SHA-256 of the name that the browser has, so that
 * whoever reads Redis has no session by that. Redis away, slow or full: `session-unavailable`, so nobody is let in and nobody is taken for
 * signed out. It needs a database of its own (FLUXO_REDIS with /1): that of the balances holds nothing else.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { sessionUnavailable } from '../problems.ts';
import type { Session, SignInTransaction } from './session.ts';

/** Unused for so long, a session ends. */
export const SESSION_TTL_S = 12 * 3_600;
/** A person who thinks longer than this about the provider's page starts again. */
export const SIGN_IN_TTL_S = 600;
/**
 * Longer than renewing takes at worst, three requests of 5 s to the provider: a lock that ended before would let a second process send the
 * refresh token that the first one is using up, and for that a provider ends the session.
 */
export const REFRESH_LOCK_TTL_MS = 20_000;
const ANSWER_WITHIN_MS = 500;
/** A connection that has brought no answer for so long is cut: until then what was asked on it is kept. None is cut that owes none. */
const CUT_AFTER_MS = ANSWER_WITHIN_MS + 500;

const PREFIX = 'fluxo:bff:';

/** A name that nobody guesses: 32 random bytes. */
export function newName(): string {
  return randomBytes(32).toString('base64url');
}

export class SessionStore {
  readonly #redis: Redis;

  constructor(url: string) {
    this.#redis = new Redis(url, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: ANSWER_WITHIN_MS,
      socketTimeout: CUT_AFTER_MS,
      retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
      // A primary that became a replica keeps its connections; the address leads to the new one.
      reconnectOnError: ({ message }) => message.startsWith('READONLY'),
    });
    // Without a listener each failed attempt would be printed; a caller learns of it by the question that fails.
    this.#redis.on('error', () => undefined);
  }

  async isReady(): Promise<boolean> {
    return this.#redis.ping().then(
      () => true,
      () => false,
    );
  }

  close(): void {
    this.#redis.disconnect();
  }

  async read(name: string): Promise<Session | null> {
    const text = await this.#ask((redis) => redis.get(sessionKey(name)));
    return text === null ? null : (JSON.parse(text) as Session);
  }

  /** Keeps a session under this name, for its whole time to live. */
  async write(name: string, session: Session): Promise<void> {
    await this.#ask((redis) => redis.set(sessionKey(name), JSON.stringify(session), 'EX', SESSION_TTL_S));
  }

  /** The same for one that is there; false if it has ended meanwhile, and then it stays ended. */
  async replace(name: string, session: Session): Promise<boolean> {
    const done = await this.#ask((redis) =>
      redis.set(sessionKey(name), JSON.stringify(session), 'EX', SESSION_TTL_S, 'XX'),
    );
    return done === 'OK';
  }

  async remove(name: string): Promise<void> {
    await this.#ask((redis) => redis.del(sessionKey(name)));
  }

  async beginSignIn(name: string, transaction: SignInTransaction): Promise<void> {
    const text = JSON.stringify(transaction);
    await this.#ask((redis) => redis.set(signInKey(name), text, 'EX', SIGN_IN_TTL_S));
  }

  /** The sign-in of this name, once: whoever comes with it again finds nothing. */
  async takeSignIn(name: string): Promise<SignInTransaction | null> {
    const text = await this.#ask((redis) => redis.getdel(signInKey(name)));
    return text === null ? null : (JSON.parse(text) as SignInTransaction);
  }

  /** Whether this process may renew the session's tokens now: one of all processes may. */
  async lockRefresh(name: string): Promise<boolean> {
    const locked = await this.#ask((redis) => redis.set(lockKey(name), '1', 'PX', REFRESH_LOCK_TTL_MS, 'NX'));
    return locked === 'OK';
  }

  async unlockRefresh(name: string): Promise<void> {
    await this.#ask((redis) => redis.del(lockKey(name)));
  }

  async #ask<Answer>(question: (redis: Redis) => Promise<Answer>): Promise<Answer> {
    try {
      return await question(this.#redis);
    } catch (error) {
      throw sessionUnavailable(error);
    }
  }
}

const keyOf = (kind: string) => (name: string) =>
  `${PREFIX}${kind}:${createHash('sha256').update(name).digest('base64url')}`;
const sessionKey = keyOf('session');
const signInKey = keyOf('sign-in');
const lockKey = keyOf('refresh');
