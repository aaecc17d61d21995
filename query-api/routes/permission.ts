/** What a caller's access token must allow for every route of this API: it only reads. */
import { securityOf } from '@fluxo/identity';

export const readsBalances = { scope: 'balances:read' } as const;

/** The same for the OpenAPI document. */
export const security = securityOf(readsBalances.scope);
