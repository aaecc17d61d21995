/** Which place of a body Ajv complains of, as an RFC 6901 pointer: where something is missing or too much, that property itself. */
import type { FastifySchemaValidationError } from 'fastify';

export function bodyPointer(error: FastifySchemaValidationError | undefined): string {
  const params = error?.params ?? {};
  const inside = params['additionalProperty'] ?? params['missingProperty'];
  const step = typeof inside === 'string' ? `/${inside.replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
  return `${error?.instancePath ?? ''}${step}`;
}
