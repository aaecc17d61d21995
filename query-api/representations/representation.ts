/**
 * An answer's body as it goes over the wire, with what the caller may hold against it later: the entity tag, and which revision it
 * shows and when that was recorded (spec.md I17). Two bodies of one address never share a tag.
 */
export type Representation = {
  /** JSON, as text or as its UTF-8 bytes. */
  readonly body: string | Uint8Array;
  /** A strong entity tag, quotes included (RFC 9110, 8.8.3). */
  readonly etag: string;
  readonly revision: number;
  /** RFC 3339; null when nothing was recorded yet (revision 0). */
  readonly recordedAt: string | null;
};

/** Part of every tag; to be raised when a release writes the same document in another way. */
const FORM = 1;

/** A tag out of everything the body depends on. */
export function entityTag(...parts: readonly (string | number)[]): string {
  return `"${FORM}-${parts.join('-')}"`;
}
