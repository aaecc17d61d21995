/** `docs/asyncapi.json` is what `npm run generate` makes, is valid AsyncAPI 3.0 by the official JSON schema, and refers to what is there. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import specs from '@asyncapi/specs';
import { allTopics } from '@fluxo/schemas';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { asyncapiText } from '../scripts/asyncapi.ts';

const file = fileURLToPath(new URL('../docs/asyncapi.json', import.meta.url));
const text = readFileSync(file, 'utf8');

type Reference = { readonly $ref: string };
type Document = {
  readonly channels: Readonly<
    Record<string, { readonly address: string; readonly messages: Readonly<Record<string, Reference>> }>
  >;
};

const document = JSON.parse(text) as Document;

let validate: ValidateFunction;
beforeAll(() => {
  const schema: object = specs.schemasWithoutId['3.0.0'];
  validate = new Ajv({ strict: false, logger: false, validateFormats: false }).compile(schema);
});

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' ? [String(inner)] : referencesIn(inner),
  );
}

/** Whether a reference leads to a part of the document, or to a file beside it. */
function leadsSomewhere(reference: string): boolean {
  if (!reference.startsWith('#/'))
    return existsSync(fileURLToPath(new URL(`../docs/${reference}`, import.meta.url)));
  const steps = reference.slice(2).split('/');
  return (
    steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document) !==
    undefined
  );
}

describe('docs/asyncapi.json', () => {
  test('is what `npm run generate` makes of the catalogue', () => {
    expect(text === asyncapiText() ? 'up to date' : 'stale').toBe('up to date');
  });

  test('is valid AsyncAPI 3.0', () => {
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ ...document, channels: { ledger: { adress: 'x' } } })).toBe(false);
    expect(validate({ ...document, operations: { read: { action: 'read' } } })).toBe(false);
  });

  test('refers to nothing that is not there', () => {
    const references = referencesIn(document);
    expect(references.filter((reference) => !leadsSomewhere(reference))).toEqual([]);
    expect(references).toContain('../schemas/avro/DailyBalance.avsc');
    expect(leadsSomewhere('#/components/messages/NoSuchRecord')).toBe(false);
  });

  test('has every topic with every record that it may hold', () => {
    const documented = Object.values(document.channels).map(({ address, messages }) => [
      address,
      Object.keys(messages),
    ]);
    expect(documented).toEqual(allTopics.map(({ name, values }) => [name, values]));
  });
});
