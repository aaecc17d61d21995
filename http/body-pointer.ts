/** Which place of a body Ajv complains of, as an RFC 6901 pointer: where something is missing or too much, that property itself. */
import type { FastifySchemaValidationError } from 'fastify';
import { pointerOf } from './strict-json.ts';

export function bodyPointer(error: FastifySchemaValidationError | undefined): string {
  const params = error?.params ?? {};
  const inside = params['additionalProperty'] ?? params['missingProperty'];
  const step = typeof inside === 'string' ? pointerOf([inside]) : '';
  return `${error?.instancePath ?? ''}${step}`;
}
