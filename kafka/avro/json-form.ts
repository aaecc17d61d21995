/**
 * The JSON form of a record, as `fluxo dump` prints it and `fluxo submit` and `fluxo fold` read it: instants are epoch
 * milliseconds, dates "YYYY-MM-DD", bytes and fixed lower-case hex, optional fields null when absent. Reading is strict: what
 * is missing, unknown or of another type is refused with its place. Whether the content makes sense is not asked here.
 */
import { type AvroRecords, avroSchemas, type RecordName } from '@fluxo/schemas';
import { type AvroField, type AvroSchema, fullName, isUnion, namespaceInside } from './avro-schema.ts';
import { dateText, epochDay } from './date-text.ts';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [field: string]: JsonValue };
export type JsonObject = { readonly [field: string]: JsonValue };

/** A JSON value is not the form of the record it is said to be; `path` says where, as in `$.source.system`. */
class JsonFormError extends Error {
  override readonly name = 'JsonFormError';
  readonly code = 'json-form';
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.path = path;
  }
}

/** Both directions of one type. */
type Form = {
  readonly write: (value: unknown) => JsonValue;
  readonly read: (json: unknown, path: string) => unknown;
  readonly isOptional: boolean;
};

/** The record as JSON, its fields in the order of the schema, none left out. */
export function toJsonForm<Name extends RecordName>(type: Name, value: AvroRecords[Name]): JsonObject {
  return formOf(type).write(value) as JsonObject;
}

/** The record this JSON describes. Throws `JsonFormError` when it describes none. */
export function fromJsonForm<Name extends RecordName>(type: Name, json: unknown): AvroRecords[Name] {
  return formOf(type).read(json, '$') as AvroRecords[Name];
}

/** Whether the text names a record that exists. */
export function isRecordName(name: unknown): name is RecordName {
  return typeof name === 'string' && Object.hasOwn(avroSchemas, name);
}

const forms = new Map<RecordName, Form>();

function formOf(type: RecordName): Form {
  const form = forms.get(type) ?? compile(avroSchemas[type], { named: new Map(), namespace: undefined });
  forms.set(type, form);
  return form;
}

type Scope = { readonly named: Map<string, Form>; readonly namespace: string | undefined };

function compile(schema: AvroSchema, scope: Scope): Form {
  if (typeof schema === 'string') return reference(schema, scope);
  if (isUnion(schema)) return optional(schema, scope);
  if (schema.logicalType === 'date') return date;
  if (schema.type === 'array') return array(compile(schema.items as AvroSchema, scope));
  if (typeof schema.type !== 'string') return compile(schema.type, scope);
  if (schema.name === undefined) return reference(schema.type, scope);
  const inside = { ...scope, namespace: namespaceInside(schema, scope.namespace) };
  const form = named(schema.type, schema, inside);
  scope.named.set(fullName(schema.name, inside.namespace), form);
  return form;
}

type Named = {
  readonly fields?: readonly AvroField[];
  readonly symbols?: readonly string[];
  readonly size?: number;
};

function named(type: string, schema: Named, scope: Scope): Form {
  if (type === 'record') return record(schema.fields ?? [], scope);
  if (type === 'enum') return enumeration(schema.symbols ?? []);
  return hex(schema.size);
}

function reference(name: string, scope: Scope): Form {
  const form = primitives[name] ?? scope.named.get(fullName(name, scope.namespace));
  if (form === undefined) throw new Error(`no JSON form for the Avro type ${name}`);
  return form;
}

function refused(path: string, expected: string, json: unknown): JsonFormError {
  const shown = JSON.stringify(json)?.slice(0, 60) ?? 'nothing';
  return new JsonFormError(path, `${expected} expected, found ${shown}`);
}

function scalar(expected: string, isValid: (json: unknown) => json is JsonValue): Form {
  return {
    write: (value) => value as JsonValue,
    read: (json, path) => {
      if (!isValid(json)) throw refused(path, expected, json);
      return json;
    },
    isOptional: false,
  };
}

function isText(json: unknown): json is string {
  return typeof json === 'string' && json.isWellFormed();
}

function isLong(json: unknown): json is number {
  return Number.isSafeInteger(json);
}

function isInt(json: unknown): json is number {
  return typeof json === 'number' && (json | 0) === json;
}

const primitives: Readonly<Record<string, Form>> = {
  string: scalar('text of whole Unicode characters', isText),
  long: scalar('an integer within ±(2^53 − 1)', isLong),
  int: scalar('an integer of 32 bits', isInt),
  boolean: scalar('true or false', (json) => typeof json === 'boolean'),
  bytes: hex(undefined),
};

const date: Form = {
  write: (value) => dateText(value as number),
  read: (json, path) => {
    const day = typeof json === 'string' ? epochDay(json) : undefined;
    if (day === undefined) throw refused(path, 'a date YYYY-MM-DD that exists', json);
    return day;
  },
  isOptional: false,
};

function hex(size: number | undefined): Form {
  const expected = size === undefined ? 'lower-case hex' : `${size} bytes as lower-case hex`;
  return {
    write: (value) => Buffer.from(value as Uint8Array).toString('hex'),
    read: (json, path) => {
      const isHex = typeof json === 'string' && /^([0-9a-f]{2})*$/.test(json);
      if (!isHex || (size !== undefined && json.length !== 2 * size)) throw refused(path, expected, json);
      return Buffer.from(json, 'hex');
    },
    isOptional: false,
  };
}

function enumeration(symbols: readonly string[]): Form {
  return scalar(
    `one of ${symbols.join(', ')}`,
    (json): json is string => typeof json === 'string' && symbols.includes(json),
  );
}

/** Unions are `null` and one other type, everywhere in our schemas. */
function optional(branches: readonly AvroSchema[], scope: Scope): Form {
  const others = branches.filter((branch) => branch !== 'null');
  if (others.length !== 1 || branches.length !== 2)
    throw new Error('no JSON form for a union but of null and one type');
  const form = compile(others[0] as AvroSchema, scope);
  return {
    write: (value) => (value === null || value === undefined ? null : form.write(value)),
    read: (json, path) => (json === null ? null : form.read(json, path)),
    isOptional: true,
  };
}

function array(items: Form): Form {
  return {
    write: (value) => (value as readonly unknown[]).map(items.write),
    read: (json, path) => {
      if (!Array.isArray(json)) throw refused(path, 'an array', json);
      return json.map((item, index) => items.read(item, `${path}[${index}]`));
    },
    isOptional: false,
  };
}

function record(fields: readonly AvroField[], scope: Scope): Form {
  const compiled = fields.map((field) => ({ name: field.name, ...compile(field.type, scope) }));
  const names = new Set(compiled.map((field) => field.name));
  return {
    write: (value) =>
      Object.fromEntries(
        compiled.map((field) => [field.name, field.write((value as Record<string, unknown>)[field.name])]),
      ),
    read: (json, path) => {
      if (!isObject(json)) throw refused(path, 'an object', json);
      for (const name of Object.keys(json))
        if (!names.has(name)) throw new JsonFormError(`${path}.${name}`, 'unknown field');
      return Object.fromEntries(
        compiled.map((field) => [field.name, readField(field, json, `${path}.${field.name}`)]),
      );
    },
    isOptional: false,
  };
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function readField(
  field: Form & { readonly name: string },
  json: Readonly<Record<string, unknown>>,
  path: string,
) {
  if (Object.hasOwn(json, field.name)) return field.read(json[field.name], path);
  if (field.isOptional) return null;
  throw new JsonFormError(path, 'missing');
}
