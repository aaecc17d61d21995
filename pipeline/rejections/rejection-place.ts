/**
 * Where a rejection stands, as people write it: `rejections-3@17`, as `fluxo tail` and `fluxo rejections list` show it; or the id of the
 * submission that was refused.
 */
import { shortNameOf, topics } from '@fluxo/schemas';

export type RejectionPlace = { readonly partition: number; readonly offset: number };

/** What a person names: one rejection by its place, or all of one submission by its id. */
export type RejectionName =
  | ({ readonly kind: 'place' } & RejectionPlace)
  | { readonly kind: 'id'; readonly id: string };

/** `rejections-3@17`. */
export function placeText({ partition, offset }: RejectionPlace): string {
  return `${shortNameOf(topics.rejections)}-${partition}@${offset}`;
}
