/**
 * The guard in front of avsc (reliability.md 2.3). avsc allocates what a message claims, so five hostile bytes can end the
 * process; the guard walks the bytes once without building anything and says whether they are exactly one value of the
 * writer's schema. What it lets through, avsc decodes without a surprise, to a value that can be encoded again.
 *
 * It refuses: truncated data and trailing bytes, counts that do not fit into the bytes left, items that take no bytes,
 * nesting deeper than 16, enum and union indexes that do not exist, ints beyond 32 bits, longs beyond ±(2^53 − 1), varints
 * longer than their type allows, booleans other than 0 and 1, text that is not UTF-8. It never throws and never allocates.
 * A guard is compiled once per schema and is a tree of closures over one cursor: not reentrant, which nothing here needs.
 */
import {
  type AvroDefinition,
  type AvroSchema,
  fullName,
  isPrimitive,
  isUnion,
  namespaceInside,
} from './avro-schema.ts';
import { utf8End } from './utf8.ts';

/** Deepest nesting of records, arrays, maps and unions in a value. */
export const DEPTH_MAX = 16;

/** Says what is wrong with `bytes` from `start` to the end, or null when they are one value of the schema. */
export type Guard = (bytes: Uint8Array, start: number) => string | null;

/** `int` is what `checkInt` has read last. */
type Cursor = { bytes: Uint8Array; at: number; end: number; depth: number; int: number; problem: string };

/** Moves the cursor behind one value; false, with `problem` set, when there is none. */
type Check = (cursor: Cursor) => boolean;

/** A compiled type: its check and the fewest bytes one value takes. */
type Node = { check: Check; bytesMin: number };

/** Compiles the guard of a schema. Throws when the schema uses a name it does not define. */
export function compileGuard(schema: AvroSchema): Guard {
  const { check } = new GuardCompiler().compile(schema, undefined);
  const cursor: Cursor = { bytes: new Uint8Array(0), at: 0, end: 0, depth: 0, int: 0, problem: '' };
  return (bytes, start) => {
    cursor.bytes = bytes;
    cursor.at = start;
    cursor.end = bytes.length;
    cursor.depth = 0;
    if (!check(cursor)) return `${cursor.problem} at byte ${cursor.at}`;
    if (cursor.at !== cursor.end) return `${cursor.end - cursor.at} bytes too many behind the value`;
    return null;
  };
}

class GuardCompiler {
  readonly #named = new Map<string, Node>();

  compile(schema: AvroSchema, namespace: string | undefined): Node {
    if (typeof schema === 'string') return this.#reference(fullName(schema, namespace));
    if (isUnion(schema)) return this.#union(schema, namespace);
    if (typeof schema.type !== 'string') return this.compile(schema.type, namespace);
    return this.#definition(schema, schema.type, namespace);
  }

  #reference(name: string): Node {
    const primitive = primitives[name as keyof typeof primitives];
    if (isPrimitive(name) && primitive !== undefined) return primitive;
    const node = this.#named.get(name);
    if (node === undefined) throw new Error(`the schema uses the type ${name}, which it does not define`);
    return node;
  }

  #definition(schema: AvroDefinition, type: string, namespace: string | undefined): Node {
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(schema, namespace);
      case 'enum':
        return this.#name(schema, namespace, enumNode(schema.symbols?.length ?? 0));
      case 'fixed':
        return this.#name(schema, namespace, octets(schema.size ?? 0));
      case 'array':
        return blocks(this.compile(schema.items as AvroSchema, namespace));
      case 'map':
        return blocks(sequence([primitives.string, this.compile(schema.values as AvroSchema, namespace)]));
      default:
        return this.#reference(fullName(type, namespace));
    }
  }

  #name(schema: AvroDefinition, namespace: string | undefined, node: Node): Node {
    this.#named.set(fullName(schema.name ?? '', namespaceInside(schema, namespace)), node);
    return node;
  }

  /**
   * A record is named before its fields are compiled, because they may refer to it. What they take hold of then must be its
   * whole check already: the one that counts the depth.
   */
  #record(schema: AvroDefinition, namespace: string | undefined): Node {
    const check = deeper((cursor) => body.check(cursor));
    const node = this.#name(schema, namespace, { check, bytesMin: 0 });
    const inside = namespaceInside(schema, namespace);
    const body = sequence((schema.fields ?? []).map((field) => this.compile(field.type, inside)));
    node.bytesMin = body.bytesMin;
    return node;
  }

  #union(branches: readonly AvroSchema[], namespace: string | undefined): Node {
    const nodes = branches.map((branch) => this.compile(branch, namespace));
    return { check: unionCheck(nodes), bytesMin: 1 + Math.min(...nodes.map((node) => node.bytesMin)) };
  }
}

function fail(cursor: Cursor, problem: string): false {
  cursor.problem = problem;
  return false;
}

const truncated = 'the value ends too early';

function deeper(check: Check): Check {
  return (cursor) => {
    cursor.depth += 1;
    if (cursor.depth > DEPTH_MAX) return fail(cursor, `nested deeper than ${DEPTH_MAX}`);
    if (!check(cursor)) return false;
    cursor.depth -= 1;
    return true;
  };
}

function sequence(nodes: readonly Node[]): Node {
  const checks = nodes.map((node) => node.check);
  const check: Check = (cursor) => {
    for (let i = 0; i < checks.length; i += 1) if (!(checks[i] as Check)(cursor)) return false;
    return true;
  };
  return { check, bytesMin: nodes.reduce((sum, node) => sum + node.bytesMin, 0) };
}

function octets(size: number): Node {
  const check: Check = (cursor) => {
    if (cursor.end - cursor.at < size) return fail(cursor, truncated);
    cursor.at += size;
    return true;
  };
  return { check, bytesMin: size };
}

function checkBoolean(cursor: Cursor): boolean {
  if (cursor.at >= cursor.end) return fail(cursor, truncated);
  if ((cursor.bytes[cursor.at] as number) > 1) return fail(cursor, 'a boolean that is neither 0 nor 1');
  cursor.at += 1;
  return true;
}

/** An int, an index, a count or a length: 32 bits, five bytes at most, as Java's decoder has it. */
function checkInt(cursor: Cursor): boolean {
  let bits = 0;
  for (let shift = 0; shift <= 28; shift += 7) {
    if (cursor.at >= cursor.end) return fail(cursor, truncated);
    const byte = cursor.bytes[cursor.at++] as number;
    if (shift === 28 && byte > 0x0f) return fail(cursor, 'a number beyond 32 bits');
    bits |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  cursor.int = (bits >>> 1) ^ -(bits & 1);
  return true;
}

/**
 * A long with |x| ≤ 2^53 − 1: its zigzag form is at most 2^54 − 2, so it ends in byte 8 at the latest, with at most 5 bits
 * there; bytes 9 and 10 may follow only as empty padding.
 */
function checkLong(cursor: Cursor): boolean {
  const start = cursor.at;
  const bytes = cursor.bytes;
  let allOnes = 0x7f;
  for (let index = 0; index < 10; index += 1) {
    if (cursor.at >= cursor.end) return fail(cursor, truncated);
    const byte = bytes[cursor.at++] as number;
    const payload = byte & 0x7f;
    if (index < 7) allOnes &= payload;
    else if (index === 7 && (payload > 0x1f || (payload === 0x1f && allOnes === 0x7f))) break;
    else if (index > 7 && payload !== 0) break;
    if (byte < 0x80) return true;
  }
  cursor.at = start;
  return fail(cursor, 'a long beyond ±(2^53 − 1)');
}

function checkBytes(cursor: Cursor): boolean {
  if (!checkInt(cursor)) return false;
  if (cursor.int < 0 || cursor.int > cursor.end - cursor.at)
    return fail(cursor, 'a length beyond the bytes left');
  cursor.at += cursor.int;
  return true;
}

function checkString(cursor: Cursor): boolean {
  const start = cursor.at;
  const first = start < cursor.end ? (cursor.bytes[start] as number) : 0x80;
  // Nearly every text is shorter than 64 bytes: its length is one byte.
  if (first < 0x80 && (first & 1) === 0) {
    cursor.at = start + 1;
    cursor.int = first >>> 1;
  } else if (!checkInt(cursor)) return false;
  const end = cursor.at + cursor.int;
  if (cursor.int < 0 || end > cursor.end) return fail(cursor, 'a length beyond the bytes left');
  const behind = utf8End(cursor.bytes, cursor.at, end);
  if (behind !== end) {
    cursor.at = behind;
    return fail(cursor, 'text that is not UTF-8');
  }
  cursor.at = end;
  return true;
}

function enumNode(symbols: number): Node {
  const check: Check = (cursor) => {
    if (!checkInt(cursor)) return false;
    if (cursor.int < 0 || cursor.int >= symbols)
      return fail(cursor, `an enum index outside 0 to ${symbols - 1}`);
    return true;
  };
  return { check, bytesMin: 1 };
}

function unionCheck(nodes: readonly Node[]): Check {
  const checks = nodes.map((node) => node.check);
  return deeper((cursor) => {
    if (!checkInt(cursor)) return false;
    const check = checks[cursor.int];
    return check === undefined
      ? fail(cursor, `a union index outside 0 to ${checks.length - 1}`)
      : check(cursor);
  });
}

/** An array, or a map as an array of pairs: blocks of items, each led by its count; a negative one by its size as well. */
function blocks(item: Node): Node {
  const check = deeper((cursor) => {
    for (;;) {
      if (!checkInt(cursor)) return false;
      if (cursor.int === 0) return true;
      if (!checkBlock(cursor, cursor.int, item)) return false;
    }
  });
  return { check, bytesMin: 1 };
}

function checkBlock(cursor: Cursor, signedCount: number, item: Node): boolean {
  const count = Math.abs(signedCount);
  let end = -1;
  if (signedCount < 0) {
    if (!checkInt(cursor)) return false;
    if (cursor.int < 0 || cursor.int > cursor.end - cursor.at)
      return fail(cursor, 'a block size beyond the bytes left');
    end = cursor.at + cursor.int;
  }
  if (item.bytesMin === 0) return fail(cursor, 'items that take no bytes');
  if (count * item.bytesMin > cursor.end - cursor.at)
    return fail(cursor, `${count} items announced, more than the bytes left can hold`);
  for (let i = 0; i < count; i += 1) if (!item.check(cursor)) return false;
  return end < 0 || cursor.at === end || fail(cursor, 'a block that is not as long as it says');
}

const primitives = {
  null: octets(0),
  boolean: { check: checkBoolean, bytesMin: 1 },
  int: { check: checkInt, bytesMin: 1 },
  long: { check: checkLong, bytesMin: 1 },
  float: octets(4),
  double: octets(8),
  bytes: { check: checkBytes, bytesMin: 1 },
  string: { check: checkString, bytesMin: 1 },
} satisfies Record<string, Node>;
