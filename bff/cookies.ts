/**
 * The two cookies of the page. `__Host-` has browsers accept them only from this very host, over a connection that nobody reads along with
 * (https, or this machine), for all its paths. Neither says anything by itself: each is the name of something in Redis.
 */
import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SIGN_IN_TTL_S } from './sessions/session-store.ts';

const SESSION = '__Host-fluxo-session';
const SIGN_IN = '__Host-fluxo-sign-in';
const NAME = /^[A-Za-z0-9_-]{43}$/;

const base = { path: '/', secure: true, httpOnly: true } as const satisfies CookieSerializeOptions;
/** Never sent with a request that another site had the browser make. It ends with the browser, or with what it names. */
const session = { ...base, sameSite: 'strict' } as const;
/** The provider, another site, sends the browser back with it. */
const signIn = { ...base, sameSite: 'lax', maxAge: SIGN_IN_TTL_S } as const;

/** The name of the session that the browser has; null if it has none or it has no form of one. */
export function sessionNameOf(request: FastifyRequest): string | null {
  return nameIn(request.cookies[SESSION]);
}

export function signInNameOf(request: FastifyRequest): string | null {
  return nameIn(request.cookies[SIGN_IN]);
}

export function giveSession(reply: FastifyReply, name: string): void {
  reply.setCookie(SESSION, name, session);
}

export function giveSignIn(reply: FastifyReply, name: string): void {
  reply.setCookie(SIGN_IN, name, signIn);
}

export function takeSession(reply: FastifyReply): void {
  reply.clearCookie(SESSION, session);
}

export function takeSignIn(reply: FastifyReply): void {
  reply.clearCookie(SIGN_IN, { ...base, sameSite: 'lax' });
}

function nameIn(value: string | undefined): string | null {
  return value !== undefined && NAME.test(value) ? value : null;
}
