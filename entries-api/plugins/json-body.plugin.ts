/** Reads bodies: `application/json` alone, strictly, and with the bytes kept, because they are what a repetition is recognised by. */
import { parseStrictJson, takeJson } from '@fluxo/http';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came. */
    bodyBytes: Buffer;
  }
}

export function registerJsonBody(app: FastifyInstance): void {
  app.decorateRequest('bodyBytes');
  takeJson(app, (bytes, request) => {
    request.bodyBytes = bytes;
    return parseStrictJson(bytes);
  });
}
