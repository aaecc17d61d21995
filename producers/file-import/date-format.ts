/** Dates as files have them, read by a format such as `DD/MM/YYYY HH:mm`, strictly. */
import { parseDate } from '@fluxo/domain';

type Part = 'YYYY' | 'MM' | 'DD' | 'HH' | 'mm' | 'ss';

export type DateFormat = {
  readonly pattern: RegExp;
  readonly hasTime: boolean;
};

/** A wall-clock time: days since 1970-01-01, and milliseconds since midnight if the text has a time. */
export type WallTime = { readonly date: number; readonly timeMs: number | null };

const TOKEN = /YYYY|MM|DD|HH|mm|ss/g;

/** The format this text describes; null when it lacks a part of the date or has one twice. */
export function dateFormatOf(text: string): DateFormat | null {
  const parts: readonly string[] = text.match(TOKEN) ?? [];
  if (new Set(parts).size !== parts.length) return null;
  if (!['YYYY', 'MM', 'DD'].every((part) => parts.includes(part))) return null;
  if (parts.includes('mm') !== parts.includes('HH') || (parts.includes('ss') && !parts.includes('mm')))
    return null;
  const source = text
    .split(/(YYYY|MM|DD|HH|mm|ss)/)
    .map((piece) => (parts.includes(piece) ? `(?<${piece}>\\d{${piece.length}})` : escaped(piece)));
  return { pattern: new RegExp(`^${source.join('')}$`), hasTime: parts.includes('HH') };
}

function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, String.raw`\$&`);
}

/** The date and time in the text; undefined when it does not fit the format or does not exist. */
export function parseWallTime(text: string, format: DateFormat): WallTime | undefined {
  const groups = format.pattern.exec(text)?.groups as Partial<Record<Part, string>> | undefined;
  if (groups === undefined) return undefined;
  const date = parseDate(`${groups.YYYY}-${groups.MM}-${groups.DD}`);
  if (date === undefined) return undefined;
  if (!format.hasTime) return { date, timeMs: null };
  const [hours, minutes, seconds] = [Number(groups.HH), Number(groups.mm), Number(groups.ss ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return { date, timeMs: ((hours * 60 + minutes) * 60 + seconds) * 1_000 };
}
