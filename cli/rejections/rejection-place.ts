/**
 * Where a rejection stands, as people write it: `rejections-3@17`, as `fluxo tail` and `fluxo rejections list` show it, or `3@17`; or the id
 * of the submission that was refused.
 */
import { topics } from '@fluxo/schemas';
import { InvalidArgumentError } from 'commander';
import { shortNameOf } from '../arguments.ts';

export type RejectionPlace = { readonly partition: number; readonly offset: number };

/** What a person names: one rejection by its place, or all of one submission by its id. */
export type RejectionName =
  | ({ readonly kind: 'place' } & RejectionPlace)
  | { readonly kind: 'id'; readonly id: string };

const PLACE = /^(?:([a-z0-9.-]+)-)?(\d{1,4})@(\d{1,15})$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function rejectionNamed(text: string): RejectionName {
  if (UUID.test(text)) return { kind: 'id', id: text.toLowerCase() };
  const [, topic, partition, offset] = PLACE.exec(text) ?? [];
  const isOurs =
    topic === undefined || [topics.rejections.name, shortNameOf(topics.rejections)].includes(topic);
  if (partition !== undefined && isOurs)
    return { kind: 'place', partition: Number(partition), offset: Number(offset) };
  throw new InvalidArgumentError(
    'Name a rejection by its place, such as rejections-3@17 or 3@17, or by the id of the submission.',
  );
}

/** `rejections-3@17`. */
export function placeText({ partition, offset }: RejectionPlace): string {
  return `${shortNameOf(topics.rejections)}-${partition}@${offset}`;
}
