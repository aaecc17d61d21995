/** What has no words: a kind or a way to pay that is newer than this page is shown as the ledger calls it, anything else by its key. */
import { Service } from '@angular/core';
import type { TranslocoMissingHandler } from '@jsverse/transloco';

@Service()
export class MissingWords implements TranslocoMissingHandler {
  handle(key: string): string {
    return /^(?:kind|method|purpose|accountType)\.(.+)$/.exec(key)?.[1] ?? key;
  }
}
