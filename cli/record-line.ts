/**
 * The JSON lines that stand for records: what `fluxo dump` prints, `fluxo submit` sends and `fluxo fold` judges (the dump form of
 * spec.md's recount: topic, partition, offset, timestamp, key, type, value and, if asked for, raw). A line is read strictly: an
 * unknown field is an error, because a misspelt `partition` would otherwise send money somewhere else.
 */
import { isUtf8 } from 'node:buffer';
import { fromJsonForm, isRecordName, type TopicCodec, toJsonForm } from '@fluxo/kafka';
import type { TopicRecord } from '@fluxo/pipeline';
import type { RecordName } from '@fluxo/schemas';
import { CliError, messageOf } from './cli-error.ts';
import type { Line } from './line-reader.ts';

export type RecordLine = {
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly timestamp?: number;
  readonly key: string | null;
  readonly type: string | null;
  readonly value: unknown;
  /** The bytes of the value; null if the line does not carry them. */
  readonly raw: Uint8Array | null;
};

/** What is wrong with a line; `bad-input`, naming file and line. */
export function lineError(inputName: string, line: Line, problem: string): CliError {
  return new CliError('bad-input', `${inputName}, line ${line.number}: ${problem}`);
}

/** Reads one line. Throws an error that says what is wrong with it, without its place. */
export function parseRecordLine(text: string): RecordLine {
  const fields = parseObject(text);
  for (const name of Object.keys(fields))
    if (!Object.hasOwn(readers, name))
      throw new Error(`unknown field ${JSON.stringify(name)}; there are ${knownFields}`);
  const line: Record<string, unknown> = { key: null, type: null, value: null, raw: null };
  for (const [name, field] of Object.entries(fields)) line[name] = readers[name as FieldName](field, name);
  if (line['type'] !== null && line['value'] === null) throw new Error('there is a type but no value');
  if (line['type'] === null && line['value'] !== null) throw new Error('there is a value but no type');
  return line as RecordLine;
}

function parseObject(text: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not JSON (${messageOf(error)})`, { cause: error });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw new Error('it is not a JSON object');
}

type FieldName = keyof RecordLine;
type FieldReader = (field: unknown, name: string) => unknown;

const textOrNull: FieldReader = (field, name) => {
  if (field === null || (typeof field === 'string' && field.isWellFormed())) return field;
  throw new Error(`${name} must be text or null`);
};

const count: FieldReader = (field, name) => {
  if (Number.isSafeInteger(field) && (field as number) >= 0) return field;
  throw new Error(`${name} must be a whole number`);
};

const instant: FieldReader = (field, name) => {
  if (Number.isSafeInteger(field)) return field;
  throw new Error(`${name} must be epoch milliseconds`);
};

const readers: Record<FieldName, FieldReader> = {
  topic: textOrNull,
  partition: count,
  offset: count,
  timestamp: instant,
  key: textOrNull,
  type: textOrNull,
  value: (field) => field,
  raw: (field, name) => (field === null ? null : bytesOf(field, name)),
};
const knownFields = Object.keys(readers).join(', ');

function bytesOf(field: unknown, name: string): Uint8Array {
  const bytes = typeof field === 'string' ? Buffer.from(field, 'base64') : null;
  if (bytes !== null && bytes.toString('base64') === field) return bytes;
  throw new Error(`${name} must be base64`);
}

/** The Avro value that a line's type and value describe. Throws an error that says what does not fit, and where. */
export function encodeJsonForm(codec: TopicCodec, type: string, json: unknown): Uint8Array {
  if (!isRecordName(type) || !codec.topic.values.includes(type))
    throw new Error(
      `${JSON.stringify(type)} is no record of ${codec.topic.name}; there are ${codec.topic.values.join(', ')}`,
    );
  return codec.encode<RecordName>(type, fromJsonForm(type, json));
}

/** The line of a record: a value that cannot be decoded has type null and value null, a key that is not UTF-8 is null. */
export function printRecordLine(record: TopicRecord, codec: TopicCodec, withRaw: boolean): string {
  const { topic, partition, offset, timestampMs } = record;
  const decoded = codec.decode(record.value);
  const [type, value] =
    decoded.kind === 'record' ? [decoded.type, toJsonForm(decoded.type, decoded.value)] : [null, null];
  const line = { topic, partition, offset, timestamp: timestampMs, key: keyText(record.key), type, value };
  return JSON.stringify(withRaw ? { ...line, raw: rawText(record.value) } : line);
}

function keyText(key: Uint8Array | null): string | null {
  return key !== null && isUtf8(key) ? viewOf(key).toString() : null;
}

function rawText(value: Uint8Array | null): string | null {
  return value === null ? null : viewOf(value).toString('base64');
}

/** The same bytes as a Buffer, which knows encodings. */
function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
