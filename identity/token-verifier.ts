/**
 * Decides whether an access token counts: a JWT of RFC 9068, signed by the configured provider for this API and valid now. It accepts
 * an allow-list of asymmetric algorithms and keys of the provider only; whatever a token says about where its key is to be
 * found is a reason to refuse it. What was verified is remembered, because a signature costs ten times what the request does; it is
 * forgotten when the keys change and never outlives the token or the keys. It knows no routes.
 */
import { hash } from 'node:crypto';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { AccessError, tokenInvalid } from './access-error.ts';
import { type Caller, callerOf } from './caller.ts';
import type { ProviderKeys } from './provider-keys.ts';

/** Asymmetric only: with HS256 whoever knows the public key could sign. */
const ALGORITHMS = ['ES256', 'RS256', 'EdDSA'];

/** Our clock and the provider's may differ by this much. */
export const CLOCK_TOLERANCE_S = 5;

const REMEMBERED_MAX = 10_000;

/** Headers by which a token would bring its own key along (RFC 7515 sections 4.1.2 to 4.1.6). */
const KEYS_BROUGHT_ALONG = ['jku', 'jwk', 'x5u', 'x5c'];

export type VerifierOptions = {
  /** `iss`, exactly. */
  readonly issuer: string;
  /** `aud`: this system's name at the provider. */
  readonly audience: string;
  readonly keys: ProviderKeys;
};

type Remembered = { readonly caller: Caller; readonly expiresAtS: number; readonly generation: number };

export class TokenVerifier {
  readonly #options: VerifierOptions;
  readonly #remembered = new LRUCache<string, Remembered>({ max: REMEMBERED_MAX });

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  /** Who calls with this token. Throws an AccessError: `token-invalid`, or `sign-in-unavailable` if no keys can be had. */
  async verify(token: string): Promise<Caller> {
    const digest = hash('sha256', token, 'base64url');
    return this.#recall(digest) ?? (await this.#verify(token, digest));
  }

  #recall(digest: string): Caller | null {
    const remembered = this.#remembered.get(digest);
    const { keys } = this.#options;
    if (remembered === undefined || !keys.areFresh || remembered.generation !== keys.generation) return null;
    return Date.now() / 1_000 < remembered.expiresAtS + CLOCK_TOLERANCE_S ? remembered.caller : null;
  }

  async #verify(token: string, digest: string): Promise<Caller> {
    const { generation } = this.#options.keys;
    const claims = await this.#claimsOf(token);
    const caller = callerOf(claims);
    if (caller === null) throw tokenInvalid('has claims that are not of their form');
    this.#remembered.set(digest, { caller, expiresAtS: claims.exp ?? 0, generation });
    return caller;
  }

  async #claimsOf(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.#options;
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        typ: 'at+jwt',
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['exp', 'iat', 'sub', 'client_id'],
      });
      return payload;
    } catch (error) {
      throw refusalOf(error);
    }
  }

  readonly #key: JWTVerifyGetKey = (header, token) => {
    if (KEYS_BROUGHT_ALONG.some((name) => name in header))
      throw tokenInvalid('brings a key of its own along');
    if (typeof header.kid !== 'string' || header.kid === '')
      throw tokenInvalid('does not name its key (kid)');
    void this.#options.keys.areFresh; // has them fetched early, so that nobody waits
    return this.#options.keys.find(header, token);
  };
}

/** What people are told, by jose's code. */
const reasons: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'has expired',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'was not made for this API, or does not count yet',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'is not signed by the provider',
  ERR_JWKS_NO_MATCHING_KEY: 'is signed with a key that the provider does not have',
  ERR_JOSE_ALG_NOT_ALLOWED: 'is signed with an algorithm that is not accepted',
};

/** Errors that are about the token; all others are about the keys, and then nobody is let in. */
const aboutTheToken = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

function refusalOf(error: unknown): AccessError {
  if (error instanceof AccessError) return error;
  if (aboutTheToken.some((each) => error instanceof each))
    return tokenInvalid(reasons[(error as errors.JOSEError).code] ?? 'cannot be read', error);
  return new AccessError(
    'sign-in-unavailable',
    'The keys of the sign-in provider cannot be had, so no access token can be checked. Nothing is wrong with the request; repeat it after the time in Retry-After.',
    { cause: error },
  );
}
