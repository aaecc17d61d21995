/** Bodies as the APIs take them: of `application/json`, and of nothing else. */
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** `read` makes the body of its bytes, and throws what is wrong with them. For the routes of this instance. */
export function takeJson(
  app: FastifyInstance,
  read: (bytes: Buffer<ArrayBuffer>, request: FastifyRequest) => unknown,
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer<ArrayBuffer>>(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer<ArrayBuffer>) => read(bytes, request),
  );
}
