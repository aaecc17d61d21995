/**
 * Compiles one of our own schemas into straight-line functions, one that reads a value, one that writes it, and one that reads
 * some of its fields only: every field in its place, no type looked up, no closure per field. The text of a function is made of
 * the schema, so only schemas that are part of this release are compiled, never one that a registry sent.
 */
import {
  type AvroDefinition,
  type AvroSchema,
  fullName,
  isUnion,
  namespaceInside,
  recordNameOf,
} from '../avro-schema.ts';
import type { AvroCursor } from './avro-cursor.ts';
import type { AvroPen } from './avro-pen.ts';

/** Reads one value. Throws `UNREADABLE`. */
export type ReadValue = (cursor: AvroCursor) => object;

export type StraightLine = {
  readonly read: ReadValue;
  /** Writes one value. Throws a TypeError when the value does not fit. */
  readonly write: (pen: AvroPen, value: object) => void;
};

/** The parts of a type: an expression that reads it, and a statement that writes what stands in `place`. */
type Part = {
  readonly read: string;
  /** A statement that steps over a value and checks it as `read` does. */
  readonly skip: string;
  /** An expression that steps over a value and says where it begins, of what is always equally long. */
  readonly begin?: string;
  readonly write: (place: string) => string;
  /** The fewest bytes a value takes. */
  readonly bytesMin: number;
};

/** Compiles a record schema. Throws when it uses something our schemas do not: maps, floats, other unions than with null. */
export function compileStraightLine(schema: AvroSchema): StraightLine {
  const program = new Program();
  const name = recordNameOf(schema) ?? 'Value';
  const { read, write } = program.partOf(schema, undefined);
  const source = `${program.declarations}
return {
  read: function read${name}(r) { return ${read}; },
  write: function write${name}(w, v) { ${write('v')} },
};`;
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is made of our own schemas only, see above
  return new Function('refuse', source)(refuse) as StraightLine;
}

/**
 * Compiles a function that reads of a record only `fields`, and of `places` only where they begin (UUIDs and fixed bytes). What it
 * skips it checks as `read` does, so that it stops at the same values. Throws like `compileStraightLine`, and at a name that is
 * no such field.
 */
export function compileOutline(
  schema: AvroSchema,
  { fields, places }: { readonly fields: readonly string[]; readonly places: readonly string[] },
): ReadValue {
  const program = new Program();
  const asked = new Map([
    ...fields.map((name) => [name, 'read'] as const),
    ...places.map((name) => [name, 'begin'] as const),
  ]);
  const steps = program.fieldsOf(schema).map(({ name, part }) => {
    const how = asked.get(name);
    asked.delete(name);
    if (how === undefined) return part.skip;
    if (part[how] === undefined) throw new Error(`${name} is not of a type that is always equally long`);
    return `const $${name} = ${part[how]};`;
  });
  if (asked.size > 0) throw new Error(`the schema lacks ${[...asked.keys()].join(', ')}`);
  const values = [...fields, ...places].map((name) => `${name}: $${name}`).join(', ');
  const source = `${program.declarations}
return function outline${recordNameOf(schema) ?? ''}(r) { ${steps.join(' ')} return { ${values} }; };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is made of our own schemas only, see above
  return new Function('refuse', source)(refuse) as ReadValue;
}

function refuse(value: unknown, what: string): never {
  throw new TypeError(`${JSON.stringify(value)} is no ${what}`);
}

const primitives: Readonly<Record<string, Part>> = {
  null: {
    read: 'null',
    skip: '',
    write: (place) => `if (${place} !== null) refuse(${place}, 'null');`,
    bytesMin: 0,
  },
  boolean: primitive('boolean', 1),
  int: primitive('int', 1),
  long: primitive('long', 1),
  string: { ...primitive('string', 1), skip: 'r.skipText();' },
  bytes: { ...primitive('octets', 1), skip: 'r.fixedAt(r.int());' },
};

const uuid: Part = { ...(primitives['string'] as Part), begin: 'r.uuidAt()' };

function primitive(method: keyof AvroCursor & keyof AvroPen, bytesMin: number): Part {
  const read = `r.${method}()`;
  return { read, skip: `${read};`, write: (place) => `w.${method}(${place});`, bytesMin };
}

class Program {
  declarations = '';
  readonly #named = new Map<string, Part>();
  #count = 0;

  /** The fields of a record, in their order. */
  fieldsOf(schema: AvroSchema, outer?: string): readonly { readonly name: string; readonly part: Part }[] {
    if (typeof schema === 'string' || isUnion(schema)) return [];
    const inside = namespaceInside(schema, outer);
    return (schema.fields ?? []).map(({ name, type }) => ({ name, part: this.partOf(type, inside) }));
  }

  partOf(schema: AvroSchema, namespace: string | undefined): Part {
    if (isUnion(schema)) return this.#nullable(schema, namespace);
    if (typeof schema === 'string') return this.#reference(fullName(schema, namespace));
    if (typeof schema.type !== 'string') return this.partOf(schema.type, namespace);
    const inside = namespaceInside(schema, namespace);
    switch (schema.type) {
      case 'record':
        return this.#name(schema, inside, this.#record(schema, inside));
      case 'enum':
        return this.#name(schema, inside, this.#enum(schema));
      case 'fixed':
        return this.#name(schema, inside, fixed(schema.size ?? 0));
      case 'array':
        return this.#array(this.partOf(schema.items as AvroSchema, namespace));
      case 'string':
        return schema.logicalType === 'uuid' ? uuid : this.#reference('string');
      default:
        return this.#reference(fullName(schema.type, namespace));
    }
  }

  #reference(name: string): Part {
    const part = primitives[name] ?? this.#named.get(name);
    if (part === undefined) throw new Error(`${name} is no type that is compiled`);
    return part;
  }

  #name(schema: AvroDefinition, namespace: string | undefined, part: Part): Part {
    this.#named.set(fullName(schema.name ?? '', namespace), part);
    return part;
  }

  /** A function for each record: what is read in several places is compiled once. */
  #record(schema: AvroDefinition, namespace: string | undefined): Part {
    const parts = this.fieldsOf(schema, namespace);
    const fields = parts.map(({ name }) => `${name}: $${name}`);
    const reads = parts.map(({ name, part }) => `const $${name} = ${part.read};`).join(' ');
    const writes = parts.map(({ name, part }) => part.write(`v.${name}`)).join(' ');
    const skips = parts.map(({ part }) => part.skip).join(' ');
    const number = this.#declare(
      (id) =>
        `function read${id}(r) { ${reads} return { ${fields.join(', ')} }; }\n` +
        `function skip${id}(r) { ${skips} }\n` +
        `function write${id}(w, v) { ${writes} }\n`,
    );
    const bytesMin = parts.reduce((sum, { part }) => sum + part.bytesMin, 0);
    return {
      read: `read${number}(r)`,
      skip: `skip${number}(r);`,
      write: (place) => `write${number}(w, ${place});`,
      bytesMin,
    };
  }

  #enum({ symbols = [], name = '' }: AvroDefinition): Part {
    const texts = symbols.map((symbol) => JSON.stringify(symbol));
    const cases = texts.map((text, index) => `if (v === ${text}) return w.long(${index});`).join(' ');
    const number = this.#declare(
      (id) =>
        `const symbols${id} = [${texts.join(', ')}];\n` +
        `function write${id}(w, v) { ${cases} refuse(v, '${name}'); }\n`,
    );
    return {
      read: `symbols${number}[r.index(${symbols.length})]`,
      skip: `r.index(${symbols.length});`,
      write: (place) => `write${number}(w, ${place});`,
      bytesMin: 1,
    };
  }

  #nullable(branches: readonly AvroSchema[], namespace: string | undefined): Part {
    const other = branches.find((branch) => branch !== 'null');
    if (branches.length !== 2 || !branches.includes('null') || other === undefined)
      throw new Error('a union of other types than null and one more is not compiled');
    const part = this.partOf(other, namespace);
    const nullAt = branches.indexOf('null');
    return {
      read: `(r.index(2) === ${nullAt} ? null : ${part.read})`,
      skip: `if (r.index(2) !== ${nullAt}) { ${part.skip} }`,
      write: (place) =>
        `if (${place} === null) w.byte(${2 * nullAt}); else { w.byte(${2 - 2 * nullAt}); ${part.write(place)} }`,
      bytesMin: 1,
    };
  }

  /** Blocks of items, each led by its count; we write one block. */
  #array(item: Part): Part {
    if (item.bytesMin === 0) throw new Error('an array of items that take no bytes is not compiled');
    const number = this.#declare(
      (id) => `function read${id}(r) {
  const items = [];
  for (let count = r.block(${item.bytesMin}); count !== 0; count = r.block(${item.bytesMin}))
    for (let index = 0; index < count; index += 1) items.push(${item.read});
  return items;
}
function skip${id}(r) {
  for (let count = r.block(${item.bytesMin}); count !== 0; count = r.block(${item.bytesMin}))
    for (let index = 0; index < count; index += 1) { ${item.skip} }
}
function write${id}(w, v) {
  if (!Array.isArray(v)) refuse(v, 'list');
  if (v.length > 0) w.long(v.length);
  for (let index = 0; index < v.length; index += 1) { const item = v[index]; ${item.write('item')} }
  w.byte(0);
}
`,
    );
    return {
      read: `read${number}(r)`,
      skip: `skip${number}(r);`,
      write: (place) => `write${number}(w, ${place});`,
      bytesMin: 1,
    };
  }

  /** Adds functions with a number of their own in their names. */
  #declare(text: (number: number) => string): number {
    const number = this.#count;
    this.#count += 1;
    this.declarations += text(number);
    return number;
  }
}

function fixed(size: number): Part {
  return {
    read: `r.fixed(${size})`,
    skip: `r.fixedAt(${size});`,
    begin: `r.fixedAt(${size})`,
    write: (place) => `w.fixed(${place}, ${size});`,
    bytesMin: size,
  };
}
