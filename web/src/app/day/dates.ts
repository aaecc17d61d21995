/** Business dates by their neighbours: the calendar's own arithmetic, on text. */
import { addDays, formatDate, parseDate } from '@fluxo/domain';

/** YYYY-MM-DD, so many days later; what is no date stays as it is. */
export function dateAfter(date: string, days: number): string {
  const parsed = parseDate(date);
  return parsed === undefined ? date : formatDate(addDays(parsed, days));
}
