/**
 * Decides whether an access token counts: a JWT of RFC 9068 (or as Amazon Cognito writes them, see `token-form.ts`), signed by the configured provider for this API and valid now. It accepts
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
import { cognito, rfc9068, type TokenForm } from './token-form.ts';

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
  /** The provider is Amazon Cognito, whose tokens name no audience, and these are the clients whose tokens count. */
  readonly cognitoClients?: readonly string[] | undefined;
  readonly keys: ProviderKeys;
};

type Remembered = { readonly caller: Caller; readonly expiresAtS: number; readonly generation: number };

export class TokenVerifier {
  readonly #options: VerifierOptions;
  readonly #form: TokenForm;
  readonly #remembered = new LRUCache<string, Remembered>({ max: REMEMBERED_MAX });

  constructor(options: VerifierOptions) {
    this.#options = options;
    const { audience, cognitoClients } = options;
    this.#form = cognitoClients === undefined ? rfc9068(audience) : cognito(audience, cognitoClients);
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
    const payload = await this.#payloadOf(token);
    const claims = this.#form.claimsOf(payload);
    if (claims === null) throw tokenInvalid('was not made for this API');
    const caller = callerOf(claims);
    if (caller === null) throw tokenInvalid('has claims that are not of their form');
    this.#remembered.set(digest, { caller, expiresAtS: claims.exp ?? 0, generation });
    return caller;
  }

  async #payloadOf(token: string): Promise<JWTPayload> {
    const { issuer } = this.#options;
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        ...this.#form.demands,
        issuer,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_S,
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
