/** Who may see and change which merchant: checking access tokens, and the gate before an API's routes. */
export {
  type Access,
  registerAccess,
  securityOf,
  securitySchemes,
} from './access.plugin.ts';
export { type Caller, MERCHANTS_CLAIM, OPERATOR, ROLES_CLAIM, type Scope, scopes } from './caller.ts';
export { ProviderKeys } from './provider-keys.ts';
export { accessFrom } from './settings.ts';
export { TokenVerifier } from './token-verifier.ts';
