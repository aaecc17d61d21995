/**
 * GET of a path as it is written. `fetch` takes the steps `.` and `..` out of a path (WHATWG URL), also where they are percent-encoded, and a
 * merchant may be called so.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
};

/** Behind `baseUrl`, which may have a path of its own. Fails if no whole answer comes in time. */
export async function getAsWritten(
  { baseUrl, path }: { readonly baseUrl: string; readonly path: string },
  { headers, withinMs }: { readonly headers: Readonly<Record<string, string>>; readonly withinMs: number },
): Promise<Answer> {
  const base = new URL(baseUrl);
  const request = base.protocol === 'https:' ? requestHttps : requestHttp;
  const options = {
    path: base.pathname.replace(/\/$/, '') + path,
    headers,
    signal: AbortSignal.timeout(withinMs),
  };
  return new Promise((resolve, reject) => {
    request(base, options, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: body }),
        reject,
      );
    })
      .on('error', reject)
      .end();
  });
}
