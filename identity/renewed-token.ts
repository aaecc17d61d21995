/** A token that is fetched when it is first needed, and anew before it ends. Who fetches at the same time as somebody else gets the same one. */

/** Headers for a request to an API; asked for anew before each, because tokens end. Fails if the provider does not answer. */
export type ApiAccess = () => Promise<Readonly<Record<string, string>>>;

/** Half of a token's life, in milliseconds: decision 0017. */
const RENEW_AFTER_MS = 300_000;

/** `fetched` fails if no token can be had; then the next request tries again. `nowMs` never goes back. */
export function renewed(fetched: () => Promise<string>, nowMs = () => performance.now()): ApiAccess {
  let current: { readonly token: Promise<string>; readonly madeAtMs: number } | null = null;
  return async () => {
    if (current === null || nowMs() - current.madeAtMs > RENEW_AFTER_MS)
      current = { token: fetched(), madeAtMs: nowMs() };
    const used = current;
    try {
      return { authorization: `Bearer ${await used.token}` };
    } catch (error) {
      if (current === used) current = null;
      throw error;
    }
  };
}
