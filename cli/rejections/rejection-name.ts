/**
 * How a person names rejections: by place, `rejections-3@17`, as `fluxo tail` and `fluxo rejections list` show it, or `3@17`; or by the id of the
 * submission that was refused.
 */
import type { RejectionName } from '@fluxo/pipeline';
import { shortNameOf, topics } from '@fluxo/schemas';
import { InvalidArgumentError } from 'commander';

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
