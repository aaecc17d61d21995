/**
 * The access token of a request: from the one Authorization header, in the form of RFC 6750 section 2.1. Tokens in the address or in a body
 * (sections 2.2 and 2.3) are not looked for: addresses end up in logs.
 */
import { AccessError, tokenInvalid } from './access-error.ts';

/** A token that lists some hundred merchants fits. Nothing longer is parsed, hashed or remembered. */
export const TOKEN_LENGTH_MAX = 8 * 1024;

/** Three base64url parts: a signed JWT (RFC 7519 section 3). */
const FORM = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;
const PREFIX_LENGTH = 'Bearer '.length;

/**
 * The token among these headers, which are Node's raw list of names and values: it keeps the first of several Authorization headers, and
 * a proxy before us may have believed the last. Throws `token-missing` or `token-invalid`.
 */
export function bearerTokenIn(rawHeaders: readonly string[]): string {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && isAuthorization(rawHeaders[index - 1]));
  const [value] = values;
  if (value === undefined)
    throw new AccessError(
      'token-missing',
      'The request has no access token. Send one as "Authorization: Bearer …"; for the local stack `npx fluxo token` prints one.',
    );
  if (values.length > 1)
    throw tokenInvalid('came with a second Authorization header, so it is unclear which counts');
  if (value.length > PREFIX_LENGTH + TOKEN_LENGTH_MAX) throw tokenInvalid('is longer than 8 KiB');
  const token = value.match(FORM)?.[1];
  if (token === undefined) throw tokenInvalid('is not a signed JWT after the word Bearer');
  return token;
}

function isAuthorization(name: string | undefined): boolean {
  return name?.length === 13 && name.toLowerCase() === 'authorization';
}
