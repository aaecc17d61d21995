/** Who may see and change which merchant: checking access tokens, and the gate before an API's routes. */
export {
  type Access,
  registerAccess,
  securityOf,
  securitySchemes,
} from './access.plugin.ts';
export { type Caller, MERCHANTS_CLAIM, OPERATOR, ROLES_CLAIM, type Scope, scopes } from './caller.ts';
export { CLI_CLIENT, clientSecretOf, type LocalClient, localClients } from './client-secrets.ts';
export { demoPeople, machineRights, type PersonId } from './demo-people.ts';
export { localAccess, withoutToken, withToken } from './local-access.ts';
export { type LocalProvider, machineToken, personToken } from './local-tokens.ts';
export { machineAccess, machineClientFrom } from './machine-access.ts';
export { ProviderKeys } from './provider-keys.ts';
export type { ApiAccess } from './renewed-token.ts';
export { openAccess } from './settings.ts';
export { TokenVerifier } from './token-verifier.ts';
