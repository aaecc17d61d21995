/**
 * An Avro schema as JSON, narrowed to what Fluxo looks at: the guard, the JSON form and the compatibility check walk it
 * themselves, with the naming rules of the Avro specification.
 */

export type AvroSchema = string | readonly AvroSchema[] | AvroDefinition;

export type AvroDefinition = {
  readonly type: AvroSchema;
  readonly name?: string;
  readonly namespace?: string;
  readonly logicalType?: string;
  readonly fields?: readonly AvroField[];
  readonly symbols?: readonly string[];
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  readonly size?: number;
};

export type AvroField = { readonly name: string; readonly type: AvroSchema; readonly default?: unknown };

const PRIMITIVES: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);

export function isPrimitive(name: string): boolean {
  return PRIMITIVES.has(name);
}

/** The full name of a type written as `name` where `namespace` is in force. */
export function fullName(name: string, namespace: string | undefined): string {
  return name.includes('.') || namespace === undefined || isPrimitive(name) ? name : `${namespace}.${name}`;
}

/** The namespace in force inside a definition. */
export function namespaceInside(definition: AvroDefinition, outer: string | undefined): string | undefined {
  const dot = definition.name?.lastIndexOf('.') ?? -1;
  if (dot >= 0) return definition.name?.slice(0, dot);
  return definition.namespace ?? outer;
}

/** The record name of a top-level schema without its namespace; undefined when it is no record. */
export function recordNameOf(schema: AvroSchema): string | undefined {
  if (typeof schema === 'string' || isUnion(schema) || schema.type !== 'record') return undefined;
  return schema.name?.slice(schema.name.lastIndexOf('.') + 1);
}

export function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}

/** The record schema without what stands behind the last of these fields. Throws when one of them is not there. */
export function headOf(schema: AvroSchema, names: readonly string[]): AvroDefinition {
  const fields = typeof schema === 'string' || isUnion(schema) ? [] : (schema.fields ?? []);
  const places = names.map((name) => fields.findIndex((field) => field.name === name));
  if (places.includes(-1)) throw new Error(`the schema has not all of the fields ${names.join(', ')}`);
  return { ...(schema as AvroDefinition), fields: fields.slice(0, Math.max(...places) + 1) };
}
