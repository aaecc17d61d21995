/** Consumer groups as people call them; one that is new here is shown as it is called. */
import { inject, Service } from '@angular/core';
import { TranslocoService } from '@jsverse/transloco';

@Service()
export class ReaderNames {
  readonly #transloco = inject(TranslocoService);

  of(group: string): string {
    const key = `operations.group.${group}`;
    const name: string = this.#transloco.translate(key);
    return name === key ? group : name;
  }
}
