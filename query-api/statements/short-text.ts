/** Text that has to fit the fields of other people's formats, which count characters and know few of them. */
import { hash } from 'node:crypto';

/** Digits of a digest that tell apart what begins alike. */
const MARK_LENGTH = 8;

/** At most so many code points. */
export function cut(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : characters.slice(0, length).join('');
}

/**
 * An id in a field that holds fewer characters than ids may have: as it is where it fits, otherwise its beginning and a mark made of all of
 * it. The same id is always the same text, so whoever reads files of many months sees one account.
 */
export function fittedId(id: string, length: number): string {
  if (id.length <= length) return id;
  const mark = hash('sha256', id, 'hex').slice(0, MARK_LENGTH);
  return `${id.slice(0, length - MARK_LENGTH - 1)}~${mark}`.slice(-length);
}

/** A name of `length` hexadecimal digits for what these parts say; other parts, another name. */
export function digestId(parts: readonly (string | number)[], length: number): string {
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, length);
}

/** What an entry says of itself in words; empty: nothing. */
export function wordsOf({
  description,
  reason,
}: {
  readonly description: string | null;
  readonly reason: string | null;
}): string {
  return [description, reason].filter((text) => text !== null && text !== '').join(' / ');
}
