/** Where a rejection stands, as addresses name it: `3-17`, partition and offset in the topic of rejections. */
import type { RejectionPlace } from '@fluxo/pipeline';

export function placeOf({ partition, offset }: RejectionPlace): string {
  return `${partition}-${offset}`;
}

export function placeIn(text: string): RejectionPlace {
  const [partition, offset] = text.split('-');
  return { partition: Number(partition), offset: Number(offset) };
}
