/**
 * What the routes share that hand a request to an API behind this one as it is: named headers go there, body and status come back. Nothing of
 * a path, a query string or a header goes on that the route does not name.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { signedInOf } from '../plugins/signed-in.plugin.ts';
import type { Question, Upstream } from '../upstreams/upstream.ts';

export async function passOn(
  upstream: Upstream,
  [request, reply]: readonly [FastifyRequest, FastifyReply],
  { method, path, body }: Pick<Question, 'method' | 'path' | 'body'>,
): Promise<FastifyReply> {
  const { access } = signedInOf(request).session.tokens;
  const answer = await upstream.ask({
    path,
    accessToken: access,
    ...(method === undefined ? {} : { method, headers: commandHeaders(request) }),
    ...(body === undefined ? {} : { body }),
  });
  return reply
    .code(answer.status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(Buffer.from(answer.text));
}

/**
 * Headers of a command that mean something to the API. `Prefer` does too, but the page never waits, and one browser that had its commands
 * held back would keep all places to the API from everybody else.
 */
function commandHeaders({ headers }: FastifyRequest): Record<string, string> {
  const key = headers['idempotency-key'];
  return {
    'content-type': 'application/json',
    ...(typeof key === 'string' ? { 'idempotency-key': key } : {}),
  };
}

export type PathParams = Readonly<Record<string, string>>;

/** The path with its parameters filled in. They have passed their patterns, so none needs encoding. */
export function filled(path: string, params: PathParams): string {
  return path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '');
}

/** The query string as it came, of the parameters that the route names. */
export function queryText(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}
