/**
 * How a provider writes its access tokens: what jose is to demand of one, and what must hold of its claims beyond that. RFC 9068 is
 * the rule. Amazon Cognito has a form of its own: no audience and no `typ`, but `token_use`, the client, and scopes with the name of
 * their API in front (Amazon Cognito developer guide, "Understanding the access token").
 */
import type { JWTPayload, JWTVerifyOptions } from 'jose';

export type TokenForm = {
  readonly demands: Pick<JWTVerifyOptions, 'audience' | 'typ' | 'requiredClaims'>;
  /** The claims as RFC 9068 would have them; null if the token is none for this API. */
  claimsOf(payload: JWTPayload): JWTPayload | null;
};

export function rfc9068(audience: string): TokenForm {
  return {
    demands: { audience, typ: 'at+jwt', requiredClaims: ['exp', 'iat', 'sub', 'client_id'] },
    claimsOf: (payload) => payload,
  };
}

/**
 * `audience` is the identifier of the resource server, which stands before the slash in every scope that is about this API. Cognito
 * signs for all clients of a pool alike, so those that may call are named.
 */
export function cognito(audience: string, clientIds: readonly string[]): TokenForm {
  const prefix = `${audience}/`;
  return {
    demands: { requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'token_use'] },
    claimsOf: (payload) => {
      const { token_use: use, client_id: clientId, scope = '' } = payload;
      if (use !== 'access' || !clientIds.includes(String(clientId)) || typeof scope !== 'string') return null;
      const own = scope.split(' ').filter((each) => each.startsWith(prefix));
      return { ...payload, scope: own.map((each) => each.slice(prefix.length)).join(' ') };
    },
  };
}
