/**
 * Who calls, as an access token says it: what the caller may do (scopes) and whose money it is about (merchants). A claim that is
 * there but not of its form makes the whole token invalid: what is half understood is never acted upon.
 */
import type { JWTPayload } from 'jose';

/** What a caller may do; a route names the one it needs. */
export const scopes = {
  'entries:write': 'Submit entries, transfers and reversals.',
  'balances:read': 'Read balances, movements and settings.',
  'days:close': 'Close a business day.',
  'days:reopen': 'Reopen a closed business day.',
  'merchants:admin': 'Change the settings of a merchant.',
  'operations:read': 'See how the system runs and what it refused. For operators.',
  'rejections:replay': 'Send again what was refused. For operators.',
} as const;

export type Scope = keyof typeof scopes;

/** Claim: the ids of the merchants whose money the caller may see and move. Absent: none. */
export const MERCHANTS_CLAIM = 'fluxo_merchants';

/** Claim: roles; there is one, `operator`. Absent: none. */
export const ROLES_CLAIM = 'fluxo_roles';

export const OPERATOR = 'operator';

/** What an operator may do with merchants that its token does not list: look, and set them up. Never move their money. */
const operatorsEverywhere: ReadonlySet<Scope> = new Set(['balances:read', 'merchants:admin']);

export type Caller = {
  /** The person or machine (`sub`), as the provider names it for ever. */
  readonly subject: string;
  /** The program that got the token (`client_id`, RFC 9068). */
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  readonly merchants: ReadonlySet<string>;
  readonly isOperator: boolean;
};

/** The claims of a verified token as a caller; null if one of them does not have its form. */
export function callerOf(claims: JWTPayload): Caller | null {
  const { sub, client_id: clientId, scope = '' } = claims;
  const merchants = textsIn(claims[MERCHANTS_CLAIM]);
  const roles = textsIn(claims[ROLES_CLAIM]);
  if (!isName(sub) || !isName(clientId) || typeof scope !== 'string') return null;
  if (merchants === null || roles === null) return null;
  return {
    subject: sub,
    clientId,
    scopes: new Set(scope.split(' ').filter((each) => each !== '')),
    merchants: new Set(merchants),
    isOperator: roles.includes(OPERATOR),
  };
}

/** Whether the caller may do this with this merchant, provided its token has the scope at all. */
export function mayReach(caller: Caller, merchantId: string, scope: Scope): boolean {
  return caller.merchants.has(merchantId) || (caller.isOperator && operatorsEverywhere.has(scope));
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function textsIn(value: unknown): readonly string[] | null {
  if (value === undefined) return [];
  return Array.isArray(value) && value.every(isName) ? value : null;
}
