/** Ends the session here and with the provider. What waits to be sent stays on this device, under the person's name. */
import { HttpClient } from '@angular/common/http';
import { inject, Service } from '@angular/core';
import type { SignedOutBody } from '@fluxo/schemas';
import { firstValueFrom } from 'rxjs';

@Service()
export class SignOut {
  readonly #http = inject(HttpClient);

  async leave(): Promise<void> {
    const answer = await firstValueFrom(this.#http.post<SignedOutBody>('/auth/logout', null)).catch(
      () => null,
    );
    location.assign(answer?.continueAt ?? '/sign-in');
  }
}
