/**
 * Who can sign in at the local provider, and what each may do: data. The merchants are the simulator's. There are no passwords: whoever
 * reaches the page on this machine chooses whom to be.
 */
import { MERCHANTS_CLAIM, OPERATOR, ROLES_CLAIM, type Scope } from './caller.ts';
import type { LocalClient } from './client-secrets.ts';

/** What somebody may do, and where. */
export type Rights = {
  readonly scopes: readonly Scope[];
  readonly merchants: readonly string[];
  readonly isOperator: boolean;
};

export type Person = Rights & { readonly name: string };

export const demoPeople = {
  manager: {
    name: 'Marina, manager of one store',
    scopes: ['balances:read', 'entries:write', 'days:close'],
    merchants: ['sim-0001'],
    isOperator: false,
  },
  owner: {
    name: 'Otávio, owner of three stores',
    scopes: ['balances:read', 'entries:write', 'days:close', 'days:reopen', 'merchants:admin'],
    merchants: ['sim-0001', 'sim-0002', 'sim-0003'],
    isOperator: false,
  },
  operator: {
    name: 'Olga, operator: every store',
    scopes: ['balances:read', 'merchants:admin', 'operations:read', 'rejections:replay'],
    merchants: [],
    isOperator: true,
  },
} as const satisfies Readonly<Record<string, Person>>;

export type PersonId = keyof typeof demoPeople;

const nothing: Rights = { scopes: [], merchants: [], isOperator: false };

/** What programs may do by themselves, with no person behind them (client credentials). */
export const machineRights: Readonly<Record<LocalClient, Rights>> = {
  'fluxo-cli': { scopes: ['balances:read'], merchants: [], isOperator: true },
  'fluxo-bff': nothing,
  'till-vendor': {
    scopes: ['entries:write', 'balances:read'],
    merchants: ['sim-0004', 'sim-0005'],
    isOperator: false,
  },
};

/** The rights of a person; undefined for a name nobody has. */
export function personNamed(id: string | undefined): Person | undefined {
  return id !== undefined && Object.hasOwn(demoPeople, id) ? demoPeople[id as PersonId] : undefined;
}

/** The claims by which APIs know them. */
export function claimsOf({ merchants, isOperator }: Rights): Record<string, readonly string[]> {
  return { [MERCHANTS_CLAIM]: merchants, [ROLES_CLAIM]: isOperator ? [OPERATOR] : [] };
}
