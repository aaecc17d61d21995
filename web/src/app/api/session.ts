/**
 * Who is signed in. The browser holds no token; it knows a name, which merchants are theirs, and what to offer. `undefined` until the
 * back end has said, `null` when nobody is signed in.
 */
import { HttpClient, HttpErrorResponse } from '@angular/common/http';
import { computed, inject, Service, signal } from '@angular/core';
import type { SessionBody } from '@fluxo/schemas';
import { firstValueFrom } from 'rxjs';

@Service()
export class Session {
  readonly #http = inject(HttpClient);
  readonly #value = signal<SessionBody | null | undefined>(undefined);
  readonly value = this.#value.asReadonly();
  readonly person = computed(() => this.#value()?.person ?? null);

  /** Throws when the back end cannot say: that is not the same as nobody. */
  async load(): Promise<SessionBody | null> {
    try {
      this.#value.set(await firstValueFrom(this.#http.get<SessionBody>('/api/session')));
    } catch (error) {
      if (!(error instanceof HttpErrorResponse && error.status === 401)) throw error;
      this.#value.set(null);
    }
    return this.#value() ?? null;
  }

  may(scope: string): boolean {
    return this.#value()?.scopes.includes(scope) ?? false;
  }

  /** Where signing in begins, and where it leads back to. */
  signInAddress(returnTo: string): string {
    return `/auth/login?returnTo=${encodeURIComponent(returnTo)}`;
  }

  /** The session has ended elsewhere. */
  forget(): void {
    this.#value.set(null);
  }
}
