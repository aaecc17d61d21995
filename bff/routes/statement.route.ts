/**
 * GET /api/statements/:merchantId?from=&to=[&account=]&form=: a statement as a file, as the query API writes it and as fast as the browser
 * takes it. HEAD says whether it can be had. One that breaks off there breaks off here, so that no browser keeps a part for the whole.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { signedInOf } from '../plugins/signed-in.plugin.ts';
import type { Services } from '../services.ts';
import { merchantParams, queryOf } from './parameters.ts';

/** What the page calls a form, and what Accept calls it. */
const mediaTypes = {
  csv: 'text/csv',
  ofx: 'application/x-ofx',
  camt: 'application/xml',
  pdf: 'application/pdf',
} as const;

/** What a browser needs to know to keep the file. */
const PASSED_BACK = ['content-type', 'content-disposition'] as const;

type Route = {
  Params: { readonly merchantId: string };
  Querystring: Readonly<Record<string, string>> & { readonly form: keyof typeof mediaTypes };
};

const asked = queryOf(['from', 'to', 'account', 'form']);
const querystring = {
  ...asked,
  required: ['form'],
  properties: { ...asked.properties, form: { type: 'string', enum: Object.keys(mediaTypes) } },
} as const;

export function statementRoute(app: FastifyInstance, { statements }: Services): void {
  app.get<Route>(
    '/api/statements/:merchantId',
    { schema: { params: merchantParams, querystring } },
    async (request, reply) => {
      const { form, ...range } = request.query;
      const { headers, body } = await statements.open({
        method: request.method === 'HEAD' ? 'HEAD' : 'GET',
        path: `/v1/merchants/${request.params.merchantId}/statements?${new URLSearchParams(range).toString()}`,
        accessToken: signedInOf(request).session.tokens.access,
        headers: { accept: mediaTypes[form] },
      });
      for (const name of PASSED_BACK) {
        const value = headers.get(name);
        if (value !== null) reply.header(name, value);
      }
      return reply.send(body === null ? undefined : Readable.fromWeb(body));
    },
  );
}
