/** A page that is left open over the change of the day: the line says which day is today, and a page that came with another is asked for anew. */
import type { HttpResourceRef } from '@angular/common/http';
import { effect } from '@angular/core';
import type { DayPageBody } from '@fluxo/schemas';
import type { LiveDay } from './live-day.ts';

/** Of two back ends one may have a clock that is a little behind, and answers with the day before. */
const OTHER_DAY_AGAIN_MS = 2_000;

/** Only where inject() may be called: it ends with whoever is being made. */
export function followToday(line: LiveDay, answer: HttpResourceRef<DayPageBody | undefined>): void {
  effect((onCleanup) => {
    const shown = answer.hasValue() ? answer.value().today : null;
    if (line.today() === null || line.today() === shown || answer.isLoading()) return;
    // Without a line the session may have ended, and asking is in vain until there is one again.
    if (line.state().name !== 'live') return;
    const again = setTimeout(() => answer.reload(), OTHER_DAY_AGAIN_MS);
    onCleanup(() => clearTimeout(again));
  });
}
