/** What Ajv says first of a request that does not have its form: of what, and how people are told. */
import type { ParameterError } from '@fluxo/schemas';
import type { FastifySchemaValidationError } from 'fastify';
import { pointerOf } from './strict-json.ts';

/** Ajv's first complaint; undefined: it says none. */
export type Complaint = FastifySchemaValidationError | undefined;

const details: Readonly<Record<string, string>> = {
  additionalProperties: 'is not one this resource knows',
  required: 'is missing',
};

/** The end of a sentence that begins with what it is about. */
export function complaintDetail(complaint: Complaint): string {
  return details[complaint?.keyword ?? ''] ?? complaint?.message ?? 'is not valid';
}

/** Which parameter it is about; `place` as Fastify calls it: `params`, `headers`, `querystring`. */
export function parameterOf(complaint: Complaint, place: string): Pick<ParameterError, 'in' | 'parameter'> {
  return {
    in: place === 'params' ? 'path' : place === 'headers' ? 'header' : 'query',
    parameter: complaint?.instancePath.slice(1) || (insideOf(complaint) ?? ''),
  };
}

/** Which place of a body, as an RFC 6901 pointer: where something is missing or too much, that property itself. */
export function bodyPointer(complaint: Complaint): string {
  const inside = insideOf(complaint);
  return `${complaint?.instancePath ?? ''}${inside === null ? '' : pointerOf([inside])}`;
}

/** What is missing or too much in the place that is named; null if that is not what is wrong. */
function insideOf(complaint: Complaint): string | null {
  const params = complaint?.params ?? {};
  const inside = params['additionalProperty'] ?? params['missingProperty'];
  return typeof inside === 'string' ? inside : null;
}
