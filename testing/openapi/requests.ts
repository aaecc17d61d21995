/**
 * Requests to an operation, made of what its document says: mostly as it asks for, with values that lead somewhere (merchants and days that
 * exist), and mixed in everything it does not ask for: other forms, other types, nothing, twice, too much.
 */
import fc, { type Arbitrary } from 'fast-check';
import { type Document, followed, type Operation, type Parameter, type Schema } from './operations.ts';

export type Request = {
  readonly method: Operation['method'];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | null;
};

/** Name of a parameter or property → values that lead somewhere; of these names no others of the right form are made up. */
export type Known = Readonly<Record<string, readonly string[]>>;

/** Values of parameters that are of the wrong form, or of the right one and of no use. */
const HOSTILE = [
  '',
  ' ',
  '0',
  '-1',
  '1e3',
  '9007199254740993',
  'null',
  '[]',
  '..',
  '%',
  '%00',
  '*',
  "' OR 1=1 --",
  '2026-02-30',
  '0000-00-00',
  '9999-12-31',
  '2026-11-24T10:00:00.000Z',
  '2026-11-24T10:00:00+99:99',
  'ção 🧀',
  'x'.repeat(3_000),
] as const;

const ITEMS_MAX = 4;
const HEADER_TEXT = /^[\x20-\x7e]{0,40}$/;

export function requestsTo(operation: Operation, document: Document, known: Known): Arbitrary<Request> {
  const of = (place: Parameter['in']) => operation.parameters.filter((each) => each.in === place);
  return fc
    .record({
      path: fc.record(valuesOf(of('path'), known, 1)),
      query: fc.tuple(...of('query').map((parameter) => queryOf(parameter, known))),
      extra: fc.oneof(
        { weight: 15, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.constantFrom('unknown=1', 'from=2026-01-01', '__proto__=1', '=', '%zz') },
      ),
      headers: headersOf(operation, known),
      body: operation.body === null ? fc.constant(null) : bodyOf(operation.body, document, known),
    })
    .map(({ path, query, extra, headers, body }) => {
      const parts = [...query.flat(), ...(extra === null ? [] : [extra])];
      const filled = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(path[name] ?? ''));
      return {
        method: operation.method,
        url: parts.length === 0 ? filled : `${filled}?${parts.join('&')}`,
        headers: { ...(body === null ? {} : { 'content-type': body.type }), ...headers },
        payload: body === null ? null : body.text,
      };
    });
}

function valuesOf(parameters: readonly Parameter[], known: Known, hostileWeight: number) {
  return Object.fromEntries(
    parameters.map(({ name, schema }) => [name, textOf(name, schema, known, hostileWeight)]),
  );
}

function textOf(name: string, schema: Schema, known: Known, hostileWeight: number): Arbitrary<string> {
  return fc.oneof(
    { weight: 12, arbitrary: rightText(name, schema, known) },
    { weight: hostileWeight, arbitrary: fc.constantFrom(...HOSTILE) },
    { weight: hostileWeight, arbitrary: fc.string({ unit: 'grapheme' }) },
  );
}

function rightText(
  name: string,
  { enum: listed, pattern, maxLength = 40 }: Schema,
  known: Known,
): Arbitrary<string> {
  const values = known[name] ?? listed;
  if (values !== undefined) return fc.constantFrom(...values);
  if (pattern === undefined) return fc.string({ unit: 'grapheme', maxLength: Math.min(maxLength, 40) });
  return fc.stringMatching(new RegExp(pattern), { maxLength: 64 });
}

/** A parameter once, not at all or twice. */
function queryOf(parameter: Parameter, known: Known): Arbitrary<readonly string[]> {
  const { name, required = false, schema } = parameter;
  const pair = textOf(name, schema, known, 1).map((value) => `${name}=${encoded(value)}`);
  const [absent, once] = required ? [1, 40] : [4, 2];
  return fc.oneof(
    { weight: absent, arbitrary: fc.constant([]) },
    { weight: once, arbitrary: fc.tuple(pair) },
    { weight: required ? 1 : 0, arbitrary: fc.tuple(pair, pair) },
  );
}

/** The documented headers, and those that choose between the documented answers; each may be left out. */
function headersOf(
  { parameters, responses }: Operation,
  known: Known,
): Arbitrary<Readonly<Record<string, string>>> {
  const forms = Object.keys(responses['200']?.content ?? {});
  const documented = parameters.filter((each) => each.in === 'header').map(({ name }) => name);
  const texts: readonly (readonly [string, Arbitrary<string>])[] = [
    ...documented.map((name) => [name, headerText(known[name] ?? ['0'])] as const),
    ['accept', headerText([...forms, '*/*', 'text/*;q=0.5, application/pdf'])],
    ['if-none-match', headerText(['*', 'W/"x"', '"', ', ,', '"y", W/"z"'])],
  ];
  return fc
    .tuple(
      ...texts.map(([name, text]) =>
        fc.option(
          text.map((value) => [name, value] as const),
          { freq: 4 },
        ),
      ),
    )
    .map((headers) => Object.fromEntries(headers.filter((header) => header !== null)));
}

function headerText(values: readonly string[]): Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: fc.stringMatching(HEADER_TEXT) },
  );
}

type Body = { readonly type: string; readonly text: string };

function bodyOf(schema: Schema, document: Document, known: Known): Arbitrary<Body> {
  const right = jsonOf('', schema, { document, known });
  const spoilt = fc
    .tuple(right, fc.nat(), fc.jsonValue())
    .map(([value, at, other]) => spoiltAt(value, at, other));
  const text = fc.oneof(
    { weight: 10, arbitrary: right.map((value) => JSON.stringify(value)) },
    { weight: 6, arbitrary: spoilt.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.json() },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '',
        '{',
        '{"a":1,"a":2}',
        '[1e400]',
        '"\\ud800"',
        '\u0000',
        'x'.repeat(70_000),
      ),
    },
  );
  const type = fc.oneof(
    { weight: 30, arbitrary: fc.constant('application/json') },
    { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/json; charset=latin1', 'x', '') },
  );
  return fc.record({ type, text });
}

type Json = unknown;

/** A value as the schema wants it. */
function jsonOf(
  name: string,
  reference: Schema,
  of: { readonly document: Document; readonly known: Known },
): Arbitrary<Json> {
  const schema = followed(reference, of.document);
  if (schema.type === 'object') {
    const { properties = {}, required = [] } = schema;
    return fc.record(
      Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, jsonOf(key, each, of)])),
      { requiredKeys: [...required] },
    );
  }
  if (schema.type === 'array')
    return fc.array(jsonOf(name, schema.items ?? {}, of), {
      minLength: schema.minItems ?? 0,
      maxLength: Math.min(schema.maxItems ?? ITEMS_MAX, ITEMS_MAX),
    });
  if (schema.type === 'integer')
    return fc.integer({ min: schema.minimum ?? -1_000, max: Math.min(schema.maximum ?? 1_000, 2 ** 31 - 1) });
  if (schema.type === 'string') return rightText(name, schema, of.known);
  return fc.jsonValue();
}

/** The value with one of its properties replaced, or taken away (where the replacement is null); another value where it has none. */
function spoiltAt(value: Json, at: number, other: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return other;
  const keys = Object.keys(value);
  const key = keys[at % Math.max(1, keys.length)] ?? 'unknown';
  const entries = Object.entries(value).filter(([each]) => each !== key || other !== null);
  return Object.fromEntries(entries.map(([each, own]) => [each, each === key ? other : own]));
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
