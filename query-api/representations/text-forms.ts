/** Instants and bytes as the API writes them. */

import { formatDate } from '@fluxo/schemas';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * An instant in epoch milliseconds, years 1 to 9999, as RFC 3339, UTC, with milliseconds. As Date writes it, in an eighth of the time: a month
 * of days has sixty of them.
 */
export function toInstant(epochMs: number): string {
  const day = Math.floor(epochMs / DAY_MS);
  const ms = epochMs - day * DAY_MS;
  const hours = digits(Math.floor(ms / HOUR_MS), 2);
  const minutes = digits(Math.floor((ms % HOUR_MS) / MINUTE_MS), 2);
  const seconds = digits(Math.floor((ms % MINUTE_MS) / SECOND_MS), 2);
  return `${formatDate(day)}T${hours}:${minutes}:${seconds}.${digits(ms % SECOND_MS, 3)}Z`;
}

function digits(count: number, length: number): string {
  return String(count).padStart(length, '0');
}

/** Bytes as lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
