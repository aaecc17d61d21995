/** Whose figures to look at: several to choose from, many to search among, or any, by its id, for an operator. Who has one is led there at once. */
import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { FormControl, ReactiveFormsModule, Validators } from '@angular/forms';
import { MatButtonModule } from '@angular/material/button';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInputModule } from '@angular/material/input';
import { Router, RouterLink } from '@angular/router';
import { TranslocoDirective } from '@jsverse/transloco';
import { Session } from '../api/session.ts';
import { Icon } from '../look/icon.ts';
import { Notice } from '../look/notice.ts';

/** So many fit on a screen, and are seen at once. */
const SEEN_AT_ONCE = 8;

/** Without accents and case: few people type them when they search. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .toLowerCase();
}

@Component({
  selector: 'fx-merchants-page',
  imports: [
    Icon,
    MatButtonModule,
    MatFormFieldModule,
    MatInputModule,
    Notice,
    ReactiveFormsModule,
    RouterLink,
    TranslocoDirective,
  ],
  template: `
    <div class="page" *transloco="let t">
      <div class="head"><h1>{{ t('merchants.title') }}</h1></div>
      @if (session.value()?.isOperator) {
        <form class="card" (submit)="open($event)">
          <p class="soft">{{ t('merchants.operator') }}</p>
          <div class="actions">
            <mat-form-field appearance="outline">
              <mat-label>{{ t('merchants.id') }}</mat-label>
              <input matInput name="merchant" autocomplete="off" spellcheck="false" autocapitalize="none" [formControl]="id" />
              @if (id.invalid) {<mat-error>{{ t('merchants.idForm') }}</mat-error>}
            </mat-form-field>
            <button matButton="filled" type="submit">{{ t('merchants.open') }}</button>
          </div>
        </form>
      }
      @if (session.value()?.hasOperations) {
        <a class="card" routerLink="/operations"><fx-icon name="safe" /><span><strong>{{ t('operations.title') }}</strong><br /><span class="small soft">{{ t('operations.open') }}</span></span><fx-icon name="next" /></a>
      }
      @if (merchants().length > 0) {
        @if (isSearched()) {
          <div class="search" role="search">
            <mat-form-field appearance="outline" subscriptSizing="dynamic">
              <mat-label>{{ t('merchants.search') }}</mat-label>
              <input #field matInput type="search" autocomplete="off" spellcheck="false" [value]="text()" (input)="text.set(field.value)" />
            </mat-form-field>
            <p class="soft small" role="status">{{ t('merchants.found', { shown: found().length, count: merchants().length }) }}</p>
          </div>
        }
        <ul class="list">
          @for (merchant of found(); track merchant.merchantId) {
            <li>
              <a class="card" [routerLink]="['/m', merchant.merchantId, 'today']">
                <fx-icon name="merchant" />
                <span class="written"><strong>{{ merchant.name ?? merchant.merchantId }}</strong><br /><span class="small soft">{{ merchant.merchantId }}</span></span>
                <fx-icon name="next" />
              </a>
            </li>
          } @empty {
            <li class="card"><fx-notice class="quiet" icon="merchant" [heading]="t('merchants.notFound')"><p>{{ t('merchants.notFoundWhat') }}</p></fx-notice></li>
          }
        </ul>
      } @else if (!session.value()?.isOperator) {
        <div class="card"><fx-notice class="quiet" icon="merchant" [heading]="t('merchants.none')"><p>{{ t('merchants.noneWhat') }}</p></fx-notice></div>
      }
    </div>
  `,
  styles: `
    .page { max-width: 44rem; }
    form { display: grid; gap: 1rem; }
    .search { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; }
    mat-form-field { flex: 1 1 14rem; }
    .list { display: grid; gap: 0.75rem; }
    a.card { display: grid; grid-template-columns: auto 1fr auto; align-items: center; gap: 1rem; color: var(--ink); text-decoration: none; }
    a.card:hover { border-color: var(--line-strong); }
    a.card fx-icon { color: var(--accent); }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class MerchantsPage {
  protected readonly session = inject(Session);
  readonly #router = inject(Router);
  protected readonly merchants = computed(() => this.session.value()?.merchants ?? []);
  protected readonly isSearched = computed(() => this.merchants().length > SEEN_AT_ONCE);
  protected readonly text = signal('');
  protected readonly found = computed(() => {
    const wanted = plain(this.text().trim());
    return this.merchants().filter(({ merchantId, name }) =>
      plain(`${name ?? ''} ${merchantId}`).includes(wanted),
    );
  });
  protected readonly id = new FormControl('', {
    nonNullable: true,
    validators: [Validators.required, Validators.pattern(/^[A-Za-z0-9._~-]{1,64}$/)],
  });

  constructor() {
    const only = this.merchants()[0];
    const isOnlyOne = this.merchants().length === 1 && this.session.value()?.isOperator !== true;
    if (isOnlyOne && only !== undefined)
      void this.#router.navigate(['/m', only.merchantId, 'today'], { replaceUrl: true });
  }

  protected open(event: Event): void {
    event.preventDefault();
    this.id.setValue(this.id.value.trim());
    this.id.markAsTouched();
    if (this.id.valid) void this.#router.navigate(['/m', this.id.value, 'today']);
  }
}
