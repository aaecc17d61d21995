/**
 * The commands of the page, each passed on to the route of the entries API that has the same end: the body as its bytes came, the
 * Idempotency-Key that the page made when its form was opened. What it means is for the entries API to say, but for one thing that it cannot
 * know: the name under a closing or reopening is that of who is signed in, because the ledger shows it for ever.
 */
import { takeJson } from '@fluxo/http';
import type { FastifyInstance } from 'fastify';
import { signedInOf } from '../plugins/signed-in.plugin.ts';
import { Problem } from '../problems.ts';
import type { Services } from '../services.ts';
import { dayParams, entryParams, merchantParams, noQuery, submissionParams } from './parameters.ts';
import { filled, type PathParams, passOn } from './pass-on.ts';

type CommandRoute = {
  readonly method: 'POST' | 'PUT';
  /** Behind /api/merchants/:merchantId. */
  readonly path: string;
  readonly params: object;
  /** Its body says who asks for it. */
  readonly isSigned?: true;
};

const commands: readonly CommandRoute[] = [
  { method: 'POST', path: '/entries', params: merchantParams },
  { method: 'POST', path: '/transfers', params: merchantParams },
  { method: 'POST', path: '/entries/:entryId/reversal', params: entryParams },
  { method: 'POST', path: '/days/:date/close', params: dayParams, isSigned: true },
  { method: 'POST', path: '/days/:date/reopen', params: dayParams, isSigned: true },
  { method: 'PUT', path: '', params: merchantParams },
];

const BASE = '/merchants/:merchantId';

export function commandRoutes(app: FastifyInstance, { entriesApi }: Services): void {
  takeJson(app, (bytes) => bytes);
  for (const { method, path, params, isSigned = false } of commands)
    app.route<{ Params: PathParams; Body: Buffer<ArrayBuffer> | undefined }>({
      method,
      url: `/api${BASE}${path}`,
      schema: { params, querystring: noQuery },
      handler: (request, reply) => {
        const body = request.body ?? Buffer.alloc(0);
        if (isSigned) demandOwnName(body, signedInOf(request).session.person.name);
        return passOn(entriesApi, [request, reply], {
          method,
          path: filled(`/v1${BASE}${path}`, request.params),
          body,
        });
      },
    });
  const submission = `${BASE}/submissions/:submissionId`;
  app.get<{ Params: PathParams }>(
    `/api${submission}`,
    { schema: { params: submissionParams, querystring: noQuery } },
    (request, reply) =>
      passOn(entriesApi, [request, reply], { path: filled(`/v1${submission}`, request.params) }),
  );
}

/** A body without a name, or without sense, is the entries API's to refuse. */
function demandOwnName(body: Buffer, name: string): void {
  const signed = nameUnder(body);
  if (typeof signed !== 'string' || signed === name) return;
  throw new Problem(
    'name-foreign',
    `"requestedBy" must be who is signed in, ${JSON.stringify(name)}. Nothing was done; sign in as the person who asks for this.`,
  );
}

function nameUnder(body: Buffer): unknown {
  try {
    const { requestedBy } = JSON.parse(body.toString()) as { readonly requestedBy?: unknown };
    return requestedBy;
  } catch {
    return undefined;
  }
}
