/** The parameters and headers that the routes share. Nothing is coerced or dropped. */
import { Problem } from '../problems.ts';

const merchantId = { type: 'string', pattern: '^[A-Za-z0-9._~-]{1,64}$' } as const;
const uuid = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' } as const;
const date = { type: 'string', pattern: '^20[0-9]{2}-[0-9]{2}-[0-9]{2}$' } as const;

const params = <Properties extends object>(properties: Properties) =>
  ({ type: 'object', required: Object.keys(properties), properties }) as const;

export const merchantParams = params({ merchantId });
export const entryParams = params({ merchantId, entryId: uuid });
export const dayParams = params({ merchantId, date });
export const submissionParams = params({ merchantId, submissionId: uuid });

/** For the OpenAPI document; who leaves the key out is told so by a code of its own. */
export const submitHeaders = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      description:
        'Required. 1 to 128 visible ASCII characters of the caller’s choosing. Kept for 45 days: the same request with it gets the first answer.',
    },
    prefer: {
      type: 'string',
      description:
        '`wait=2`: answer when the ledger shows it, after 2 seconds (at most 10) in any case (RFC 7240).',
    },
  },
} as const;

const KEY = /^[!-~]{1,128}$/;
const WAIT = /(?:^|,)\s*wait\s*=\s*"?([0-9]+)"?\s*(?:[,;]|$)/i;
const WAIT_MAX_S = 10;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The Idempotency-Key. Throws a problem where there is none or it has no form. */
export function readKey(headers: Headers): string {
  const key = headers['idempotency-key'];
  if (key === undefined)
    throw new Problem(
      'idempotency-key-missing',
      'Every request that submits something needs a header Idempotency-Key: choose one for the request and keep it when you send it again. Nothing was accepted.',
    );
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new Problem('parameter-invalid', 'Idempotency-Key must be 1 to 128 visible ASCII characters.', {
    errors: [{ in: 'header', parameter: 'Idempotency-Key', detail: 'has no form of a key' }],
  });
}

/** Milliseconds to wait for the ledger (RFC 7240 `Prefer: wait`), at most 10,000 whatever is wanted; 0 where nobody wants to. */
export function readWaitMs(headers: Headers): number {
  const seconds = WAIT.exec(String(headers['prefer'] ?? ''))?.[1];
  return Math.min(Number(seconds ?? 0), WAIT_MAX_S) * 1_000;
}
