/** What is known of somebody who is signed in. All of it stays on the server; the browser has the name of the session and no more. */
export type Session = {
  readonly person: { readonly id: string; readonly name: string };
  /** What the access token allows, as the APIs will read it; where the latest one could not be read yet, what the one before it did. */
  readonly merchants: readonly string[];
  readonly scopes: readonly string[];
  readonly isOperator: boolean;
  readonly csrfToken: string;
  readonly tokens: Tokens;
};

export type Tokens = {
  readonly access: string;
  /** Epoch milliseconds. */
  readonly accessEndsAtMs: number;
  readonly refresh: string;
};

/** A sign-in under way: what must be the same when the browser comes back. */
export type SignInTransaction = {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly returnTo: string;
};
