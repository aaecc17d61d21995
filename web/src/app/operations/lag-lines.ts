/** The samples of the last hour as lines over time. Where a look failed there is no sample, and the line has a gap: nobody knows what was between. */
import type { PipelineBody } from '@fluxo/schemas';

export type Measure = 'behind' | 'seconds';

/** Epoch milliseconds and the value then; null: not known. */
export type Point = readonly [atMs: number, value: number | null];

export type Line = { readonly group: string; readonly points: readonly Point[] };

/** Samples further apart than so many times their usual distance have a gap between them. */
const GAP_FACTOR = 2.5;

export function linesOf({ history }: Pick<PipelineBody, 'history'>, measure: Measure): readonly Line[] {
  const times = history.at.map((instant) => Date.parse(instant));
  const gapMs = history.everySeconds * 1_000 * GAP_FACTOR;
  return history.groups.map((group) => ({
    group: group.group,
    points: times.flatMap((atMs, index): Point[] => {
      const before = times[index - 1];
      const point: Point = [atMs, valueAt(group, measure, index)];
      return before !== undefined && atMs - before > gapMs ? [[before + gapMs / 2, null], point] : [point];
    }),
  }));
}

/** A group that is not behind has no oldest record: it is late by nothing. */
function valueAt(
  { behind, seconds }: PipelineBody['history']['groups'][number],
  measure: Measure,
  index: number,
): number | null {
  const records = behind[index] ?? null;
  if (measure === 'behind' || records === null) return records;
  return records === 0 ? 0 : (seconds[index] ?? null);
}
