/** Reads bodies: `application/json` alone, strictly, and with the bytes kept, because they are what a repetition is recognised by. */
import { parseStrictJson } from '@fluxo/http';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came. */
    bodyBytes: Buffer;
  }
}

export function registerJsonBody(app: FastifyInstance): void {
  app.decorateRequest('bodyBytes');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      request.bodyBytes = body;
      return parseStrictJson(body);
    },
  );
}
