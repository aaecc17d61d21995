/**
 * The sign-in provider as the page's back end uses it: the code flow of OpenID Connect with PKCE (S256), state and nonce, rotating refresh
 * tokens, revocation, and the end of the provider's own session. It is found when it is first needed, so a provider that is down does
 * not keep this process from starting. A provider that cannot be asked is `sign-in-unavailable`; an answer that does not fit
 * the sign-in that was begun is `sign-in-invalid`.
 */
import { type Scope, scopes, type TokenVerifier } from '@fluxo/identity';
import * as client from 'openid-client';
import { Problem, signInUnavailable } from '../problems.ts';
import type { Session, SignInTransaction, Tokens } from '../sessions/session.ts';

/** A session as it begins, before it has anything of its own. */
export type SignedIn = Omit<Session, 'csrfToken'>;

/** What an access token allows, as the APIs will read it. */
export type Rights = Pick<Session, 'merchants' | 'scopes' | 'isOperator'>;

export type ProviderOptions = {
  readonly issuer: string;
  readonly clientId: string;
  /** What stands before each of our scopes where the provider wants them so: Amazon Cognito the API's name and a slash; else nothing. */
  readonly scopePrefix: string;
  /** Asked for when it is needed: the local provider makes it up when it first starts. */
  readonly clientSecret: () => string;
  /** Where this process is, as browsers write it. */
  readonly publicUrl: string;
  /** Reads what a token allows. The APIs judge it; this process only shows what to offer. */
  readonly verifier: TokenVerifier;
};

const ANSWER_WITHIN_S = 5;

/** Who somebody is, and everything that the API can allow: the provider leaves out what the person may not do. */
export function wantedScopes(prefix: string): string {
  const own = (Object.keys(scopes) as Scope[]).map((scope) => prefix + scope);
  return ['openid', 'profile', ...own].join(' ');
}

export class SignInProvider {
  readonly #options: ProviderOptions;
  #found: Promise<client.Configuration> | null = null;

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  /** Begins a sign-in: where to send the browser, and what to remember until it is back. */
  async begin(returnTo: string): Promise<{ readonly address: URL; readonly transaction: SignInTransaction }> {
    const configuration = await this.#configuration();
    const transaction = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      codeVerifier: client.randomPKCECodeVerifier(),
      returnTo,
    };
    const address = client.buildAuthorizationUrl(configuration, {
      redirect_uri: `${this.#options.publicUrl}/auth/callback`,
      scope: wantedScopes(this.#options.scopePrefix),
      state: transaction.state,
      nonce: transaction.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(transaction.codeVerifier),
      code_challenge_method: 'S256',
    });
    return { address, transaction };
  }

  /** Ends it: who signed in, by the address with which the browser came back. */
  async finish(query: string, { state, nonce, codeVerifier }: SignInTransaction): Promise<SignedIn> {
    const configuration = await this.#configuration();
    const address = new URL(`${this.#options.publicUrl}/auth/callback?${query}`);
    const checks = {
      pkceCodeVerifier: codeVerifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    };
    const answer = await client
      .authorizationCodeGrant(configuration, address, checks)
      .catch((error: unknown) => {
        throw isAway(error) ? signInUnavailable(error) : signInInvalid(error);
      });
    const claims = answer.claims();
    if (claims === undefined) throw signInInvalid(new Error('the provider sent no ID token'));
    const name = claims['name'];
    const person = { id: claims.sub, name: typeof name === 'string' ? name : claims.sub };
    return { person, ...(await this.rightsOf(answer.access_token)), tokens: tokensOf(answer, '') };
  }

  /**
   * New tokens for those that end, unread: those given are used up, so these are kept before anything else is done with them. Null if the
   * provider gives none any more.
   */
  async renew({ refresh }: Tokens): Promise<Tokens | null> {
    const configuration = await this.#configuration();
    try {
      return tokensOf(await client.refreshTokenGrant(configuration, refresh), refresh);
    } catch (error) {
      if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant') return null;
      throw signInUnavailable(error);
    }
  }

  /** What this access token allows. Throws `sign-in-unavailable` if that cannot be told now. */
  async rightsOf(access: string): Promise<Rights> {
    const caller = await this.#options.verifier.verify(access).catch((error: unknown) => {
      throw signInUnavailable(error);
    });
    return {
      merchants: [...caller.merchants],
      scopes: [...caller.scopes].filter((scope) => Object.hasOwn(scopes, scope)),
      isOperator: caller.isOperator,
    };
  }

  async revoke(refreshToken: string): Promise<void> {
    await client.tokenRevocation(await this.#configuration(), refreshToken);
  }

  /**
   * Where the browser goes to end its session at the provider too, and comes back from (OpenID Connect RP-Initiated Logout 1.0). It says
   * which program asks, not by an ID token: the browser would see it.
   */
  async endAddress(): Promise<string> {
    const configuration = await this.#configuration();
    return client.buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: `${this.#options.publicUrl}/`,
    }).href;
  }

  #configuration(): Promise<client.Configuration> {
    this.#found ??= this.#discover().catch((error: unknown) => {
      this.#found = null;
      throw signInUnavailable(error);
    });
    return this.#found;
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#options;
    return client.discovery(
      new URL(issuer),
      clientId,
      { id_token_signed_response_alg: 'ES256' },
      client.ClientSecretBasic(clientSecret()),
      {
        // Where the issuer may be spoken to in the clear, `@fluxo/identity` has decided.
        ...(issuer.startsWith('http:') ? { execute: [client.allowInsecureRequests] } : {}),
        timeout: ANSWER_WITHIN_S,
      },
    );
  }
}

function tokensOf(answer: client.TokenEndpointResponse, formerRefresh: string): Tokens {
  return {
    access: answer.access_token,
    accessEndsAtMs: Date.now() + (answer.expires_in ?? 0) * 1_000,
    refresh: answer.refresh_token ?? formerRefresh,
  };
}

function signInInvalid(cause: unknown): Problem {
  return new Problem(
    'sign-in-invalid',
    'This sign-in was not begun in this browser, is over, or was used before. Nobody was signed in; go back to the page and sign in again.',
    { cause },
  );
}

/** Whether the provider could not be asked, as against: gave an answer that does not count. */
function isAway(error: unknown): boolean {
  if (error instanceof client.ResponseBodyError) return error.status >= 500;
  if (error instanceof client.ClientError)
    return ['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM'].includes(error.code ?? '');
  return error instanceof TypeError;
}
