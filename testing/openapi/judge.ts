/**
 * Whether an answer is one that the document speaks of: its status, its media type, its form; and never a failure of the service (5xx). Ajv
 * compares with the schemas; formats are left to the schemas' patterns.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Document, Operation, Schema } from './operations.ts';

export type Answer = {
  readonly status: number;
  /** '' for none. */
  readonly contentType: string;
  readonly body: string;
};

export class Judge {
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<Schema, ValidateFunction>();

  constructor(document: Document) {
    this.#ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
    this.#ajv.addSchema({ $id: 'document', components: document.components });
  }

  /** What is wrong with it, for people; nothing, if nothing is. */
  complaints({ responses }: Operation, { status, contentType, body }: Answer): readonly string[] {
    if (status >= 500) return [`the service failed: ${status} ${body}`];
    const response = responses[status];
    if (response === undefined)
      return [`status ${status} is not documented, only ${Object.keys(responses).join(', ')}: ${body}`];
    if (response.content === undefined) return [];
    const mediaType = contentType.split(';', 1)[0] ?? '';
    const content = response.content[mediaType];
    if (content === undefined)
      return [`${status} comes as "${mediaType}", which is not documented: ${body.slice(0, 200)}`];
    return mediaType.endsWith('json') ? this.#misfits(content.schema, body) : [];
  }

  #misfits(schema: Schema, body: string): readonly string[] {
    const isValid = this.#validatorOf(schema);
    if (isValid(JSON.parse(body))) return [];
    return (isValid.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath || 'the body'} ${message}: ${body}`,
    );
  }

  #validatorOf(schema: Schema): ValidateFunction {
    const known = this.#validators.get(schema);
    if (known !== undefined) return known;
    const validator = this.#ajv.compile(rooted(schema) as object);
    this.#validators.set(schema, validator);
    return validator;
  }
}

/** With references into the document instead of into the schema itself. */
function rooted(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('"#/components/', '"document#/components/'));
}
