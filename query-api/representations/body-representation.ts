/** A body that is made for one question as a representation: nothing of it is remembered, and its tag stands for every byte. */
import { hash } from 'node:crypto';
import { entityTag, type Representation } from './representation.ts';

export function bodyRepresentation(
  value: object,
  { revision, recordedAt }: Pick<Representation, 'revision' | 'recordedAt'>,
): Representation {
  const body = JSON.stringify(value);
  return { body, etag: entityTag(revision, hash('sha256', body, 'base64url')), revision, recordedAt };
}
