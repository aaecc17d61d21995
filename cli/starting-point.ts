/**
 * Where in a topic to begin, as a person says it: the beginning, the end, an offset, an instant or how long ago. What it means for a
 * partition is asked of the cluster; a place the log no longer has, or not yet, is an error and never a silent other place.
 */
import type { LogReader } from '@fluxo/kafka';
import { parseInstant } from '@fluxo/schemas';
import { InvalidArgumentError } from 'commander';
import { CliError } from './cli-error.ts';

export type Moment =
  | { readonly kind: 'beginning' }
  /** The first record appended at or after this instant, epoch milliseconds. */
  | { readonly kind: 'time'; readonly timestampMs: number }
  | { readonly kind: 'ago'; readonly ms: number };

export type StartingPoint =
  | Moment
  | { readonly kind: 'end' }
  | { readonly kind: 'offset'; readonly offset: number };

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MOMENT_FORMS = 'an instant such as 2026-03-09T08:00:00Z, or how long ago, such as 90s, 15m, 2h, 3d.';

/** Reads `--from`. */
export function startingPoint(text: string): StartingPoint {
  if (text === 'beginning' || text === 'end') return { kind: text };
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) };
  const moment = readMoment(text);
  if (moment !== undefined) return moment;
  throw new InvalidArgumentError(`It must be beginning, end, an offset, ${MOMENT_FORMS}`);
}

/** Reads `--since`: an instant, or how long ago. */
export function momentOf(text: string): Moment {
  const moment = readMoment(text);
  if (moment !== undefined) return moment;
  throw new InvalidArgumentError(`It must be ${MOMENT_FORMS}`);
}

function readMoment(text: string): Moment | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return { kind: 'ago', ms: Number(count) * (unitMs[unit] as number) };
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const timestampMs = isInstant ? parseInstant(text) : null;
  return timestampMs === null ? undefined : { kind: 'time', timestampMs };
}

/** Epoch milliseconds. */
export function timeOf(moment: Exclude<Moment, { readonly kind: 'beginning' }>, nowMs: number): number {
  return moment.kind === 'time' ? moment.timestampMs : nowMs - moment.ms;
}

export type Place = { readonly topic: string; readonly partition: number; readonly nowMs: number };

/** The offset to begin at in this partition. Fails with `refused` if the log does not hold the offset that was asked for. */
export async function offsetOf(point: StartingPoint, place: Place, reader: LogReader): Promise<number> {
  const { topic, partition, nowMs } = place;
  switch (point.kind) {
    case 'beginning':
      return await reader.startOffset(topic, partition);
    case 'end':
      return await reader.stableOffset(topic, partition);
    case 'time':
    case 'ago':
      return await reader.offsetAtTime(topic, partition, timeOf(point, nowMs));
    case 'offset':
      return await heldOffset(point.offset, place, reader);
  }
}

async function heldOffset(offset: number, { topic, partition }: Place, reader: LogReader): Promise<number> {
  const [start, end] = [await reader.startOffset(topic, partition), await reader.endOffset(topic, partition)];
  if (offset >= start && offset <= end) return offset;
  throw new CliError(
    'refused',
    `Partition ${partition} of ${topic} holds offsets ${start} to ${end}, so nothing can be shown from ${offset} on.\n` +
      'Name an offset in between, or --from beginning.',
  );
}
