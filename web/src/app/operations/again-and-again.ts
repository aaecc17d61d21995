/** For pages that show what goes on. */
import { DestroyRef, inject } from '@angular/core';

/** Does it every so many milliseconds for as long as the component that is being made is there. */
export function againAndAgain(everyMs: number, work: () => void): void {
  const timer = setInterval(work, everyMs);
  inject(DestroyRef).onDestroy(() => clearInterval(timer));
}
