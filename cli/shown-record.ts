/**
 * A record for a person's eye: where it stands, when it came, its key, its headers and its value, decoded; or why it is not decoded, and its
 * bytes. One line each, so that grep works; what a terminal would take for a command is escaped, because anybody may write
 * anything into a topic's key. For programs there is the same as JSON.
 */
import { headersOf, type LogRecord, type TopicCodec, toJsonForm } from '@fluxo/kafka';
import { textOf } from '@fluxo/pipeline';
import { shortNameOf } from '@fluxo/schemas';

export type PlacedRecord = { readonly partition: number; readonly record: LogRecord };

/** What became of the value. */
export type ShownValue =
  | { readonly kind: 'decoded'; readonly type: string; readonly value: unknown }
  | { readonly kind: 'tombstone' }
  | { readonly kind: 'undecodable'; readonly problem: string; readonly bytes: Uint8Array };

/** Bytes of a value that cannot be decoded shown on a line; `--json` has them all. */
const BYTES_SHOWN_MAX = 64;

/** The value, decoded if the codec can; in a compacted topic none at all is a deletion. */
export function shownValue(record: LogRecord, codec: TopicCodec): ShownValue {
  const { value } = record;
  if (value === null && codec.topic.cleanup === 'compact') return { kind: 'tombstone' };
  const decoded = codec.decode(value);
  if (decoded.kind === 'record')
    return { kind: 'decoded', type: decoded.type, value: toJsonForm(decoded.type, decoded.value) };
  const problem =
    decoded.kind === 'malformed'
      ? decoded.detail
      : `schema id ${decoded.schemaId} is not registered for this topic`;
  return { kind: 'undecodable', problem, bytes: value ?? new Uint8Array() };
}

/** `2026-03-09T08:00:00.123Z ledger-3@17 sim-0001 EntryPosted {"merchantId": …}`. */
export function recordText({ partition, record }: PlacedRecord, codec: TopicCodec): string {
  const headers = headersOf(record).map(({ key, value }) => `${quotedIfOdd(key)}=${quotedIfOdd(value)}`);
  return [
    new Date(record.timestampMs).toISOString(),
    `${shortNameOf(codec.topic)}-${partition}@${record.offset}`,
    quotedIfOdd(record.key),
    ...(headers.length === 0 ? [] : [`[${headers.join(' ')}]`]),
    valueText(shownValue(record, codec)),
  ].join(' ');
}

function valueText(shown: ShownValue): string {
  switch (shown.kind) {
    case 'decoded':
      return `${shown.type} ${escaped(JSON.stringify(shown.value))}`;
    case 'tombstone':
      return '(deleted)';
    case 'undecodable':
      return `(cannot be decoded: ${escaped(shown.problem)}) ${bytesText(shown.bytes)}`;
  }
}

function bytesText(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, BYTES_SHOWN_MAX)).toString('hex');
  return bytes.length > BYTES_SHOWN_MAX ? `0x${start}… (${bytes.length} bytes)` : `0x${start}`;
}

/** The line for programs: that of `fluxo dump`, with headers, and with problem and bytes where there is no value to show. */
export function recordJson({ partition, record }: PlacedRecord, codec: TopicCodec): string {
  const shown = shownValue(record, codec);
  const { offset, timestampMs: timestamp } = record;
  return JSON.stringify({
    topic: codec.topic.name,
    partition,
    offset,
    timestamp,
    key: textOf(record.key),
    headers: headersOf(record).map(({ key, value }) => ({ key: textOf(key), value: textOf(value) })),
    type: shown.kind === 'decoded' ? shown.type : null,
    value: shown.kind === 'decoded' ? shown.value : null,
    ...(shown.kind === 'undecodable'
      ? { problem: shown.problem, raw: Buffer.from(shown.bytes).toString('base64') }
      : {}),
  });
}

/** As it is, where it is plain text without blanks; else in quotes, or as bytes. */
function quotedIfOdd(bytes: Uint8Array | null): string {
  if (bytes === null) return '(none)';
  const text = textOf(bytes);
  if (text === null) return bytesText(bytes);
  return /^[\x21-\x7e]+$/.test(text) ? text : escaped(JSON.stringify(text));
}

/** JSON escapes control characters up to 0x1f; DEL and those from 0x80 on, and what turns the direction of text, are left to us. */
export function escaped(text: string): string {
  return text.replace(
    /\p{Cc}|\p{Bidi_Control}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
