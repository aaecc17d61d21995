/**
 * The statement of a range of days as a file: asked for first, so that what stands against it is said here; then the browser takes it as it
 * comes, whatever its length.
 */
import { HttpClient } from '@angular/common/http';
import {
  ChangeDetectionStrategy,
  Component,
  computed,
  inject,
  input,
  linkedSignal,
  signal,
} from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import type { MerchantBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { firstValueFrom } from 'rxjs';
import { addresses, type StatementForm } from '../api/addresses.ts';
import { Failure } from '../look/failure.ts';
import { Icon } from '../look/icon.ts';

/** What each is called everywhere. */
const forms: readonly (readonly [StatementForm, string])[] = [
  ['pdf', 'PDF'],
  ['csv', 'CSV'],
  ['ofx', 'OFX'],
  ['camt', 'camt.053'],
];

@Component({
  selector: 'fx-statement-download',
  imports: [Failure, Icon, MatButtonModule, TranslocoDirective],
  template: `
    <section class="card" *transloco="let t">
      <h2>{{ t('statement.title') }}</h2>
      <p class="soft">{{ t('statement.what') }}</p>
      <div class="filters">
        <label>{{ t('reports.account') }}
          <select (change)="choose($event)">
            <option value="" [selected]="account() === ''">{{ t('statement.allAccounts') }}</option>
            @for (each of accounts(); track each.accountId) {<option [value]="each.accountId" [selected]="account() === each.accountId">{{ each.name }}</option>}
          </select>
        </label>
        <div class="forms" role="group" [attr.aria-label]="t('statement.title')">
          @for (form of forms; track form[0]) {
            <button matButton="outlined" type="button" [disabled]="isAsking()" (click)="download(form[0])"><fx-icon name="download" /> {{ form[1] }}</button>
          }
        </div>
      </div>
      @if (failed(); as failed) {<fx-failure [error]="failed.error" (again)="download(failed.form)" />}
    </section>
  `,
  styleUrl: './reports-page.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class StatementDownload {
  readonly #http = inject(HttpClient);
  readonly merchant = input.required<MerchantBody>();
  /** YYYY-MM-DD, both ends included. */
  readonly from = input.required<string>();
  readonly to = input.required<string>();
  protected readonly forms = forms;
  protected readonly accounts = computed(() => this.merchant().accounts);
  protected readonly account = linkedSignal({
    source: () => this.merchant().merchantId,
    computation: () => '',
  });
  protected readonly isAsking = signal(false);
  protected readonly failed = signal<{ readonly form: StatementForm; readonly error: unknown } | null>(null);

  protected choose(event: Event): void {
    this.account.set((event.target as HTMLSelectElement).value);
  }

  protected async download(form: StatementForm): Promise<void> {
    const address = addresses.statement(this.merchant().merchantId, {
      from: this.from(),
      to: this.to(),
      account: this.account(),
      form,
    });
    this.failed.set(null);
    this.isAsking.set(true);
    try {
      await firstValueFrom(this.#http.head(address));
      keep(address);
    } catch (error) {
      this.failed.set({ form, error });
    } finally {
      this.isAsking.set(false);
    }
  }
}

/** The name is the answer's to give. */
function keep(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}
