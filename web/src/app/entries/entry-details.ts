/** One movement in full: where it came from, where it stands in the chain, and the way to take it back. */
import { httpResource } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import type { EntryBody, EntryDetailBody, MerchantBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { addresses } from '../api/addresses.ts';
import { Session } from '../api/session.ts';
import { Icon } from '../look/icon.ts';
import { WallTime } from '../merchant/wall-time.ts';
import { Outbox } from '../sending/outbox.ts';
import { SentList } from '../sending/sent-list.ts';
import { ReasonForm } from './reason-form.ts';

@Component({
  selector: 'fx-entry-details',
  imports: [Icon, MatButtonModule, ReasonForm, SentList, TranslocoDirective, WallTime],
  template: `
    <div *transloco="let t" class="all">
      <dl>
        <div><dt>{{ t('entries.id') }}</dt><dd class="code" data-testid="entry-id">{{ entry().entryId }}</dd></div>
        <div><dt>{{ t('entries.seq') }}</dt><dd>{{ entry().ledgerSeq }}</dd></div>
        <div><dt>{{ t('entries.occurred') }}</dt><dd><time [fxAt]="entry().occurredAt" [merchant]="merchant()" [form]="full"></time></dd></div>
        <div><dt>{{ t('entries.recorded') }}</dt><dd><time [fxAt]="entry().recordedAt" [merchant]="merchant()" [form]="full"></time></dd></div>
        <div><dt>{{ t('entries.source') }}</dt><dd>{{ entry().source.system }}{{ entry().source.deviceId === null ? '' : ' · ' + entry().source.deviceId }}</dd></div>
        @if (entry().reason; as reason) {<div><dt>{{ t('entries.reason') }}</dt><dd>{{ reason }}</dd></div>}
        @if (proof(); as proof) {
          <div class="wide"><dt>{{ t('entries.hash') }}</dt><dd class="code">{{ proof.hash }}</dd></div>
          <div class="wide"><dt>{{ t('entries.previousHash') }}</dt><dd class="code">{{ proof.prevHash }}</dd></div>
        } @else if (detail.error()) {<div class="wide"><dd class="soft">{{ t('entries.proofAway') }}</dd></div>}
      </dl>
      @if (canReverse()) {
        @if (isAsking()) {
          <fx-reason-form [heading]="t('entries.reverseTitle')" [what]="t('entries.reverseWhat')" [label]="t('entries.reverseReason')" [action]="t('entries.reverse')" (given)="reverse($event)" (cancelled)="isAsking.set(false)" />
        } @else {
          <button matButton="outlined" type="button" (click)="isAsking.set(true)"><fx-icon name="undo" /> {{ t('entries.reverse') }}</button>
        }
      }
      @if (sent() !== null) {<fx-sent-list [merchantId]="entry().merchantId" [kinds]="['reversal']" [about]="entry().entryId" />}
    </div>
  `,
  styles: `
    .all { display: grid; gap: 1rem; justify-items: start; padding-block: 0.375rem; }
    dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr)); gap: 0.625rem 1.5rem; width: 100%; }
    .wide { grid-column: 1 / -1; }
    dt { color: var(--ink-faint); font-size: 0.75rem; }
    dd { font-size: 0.875rem; overflow-wrap: anywhere; }
    .code { font: 500 0.8125rem/1.5 ui-monospace, monospace; }
    fx-reason-form, fx-sent-list { width: 100%; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class EntryDetails {
  readonly #session = inject(Session);
  readonly #outbox = inject(Outbox);
  readonly entry = input.required<EntryBody>();
  readonly merchant = input.required<MerchantBody>();
  protected readonly full = { dateStyle: 'medium', timeStyle: 'medium' } as const;

  protected readonly detail = httpResource<EntryDetailBody>(() =>
    addresses.entry(this.entry().merchantId, this.entry().entryId),
  );
  protected readonly proof = computed(() =>
    this.detail.hasValue()
      ? this.detail.value().legs.find(({ ledgerSeq }) => ledgerSeq === this.entry().ledgerSeq)?.proof
      : undefined,
  );
  protected readonly isAsking = signal(false);
  protected readonly sent = signal<string | null>(null);
  protected readonly canReverse = computed(
    () =>
      this.entry().reversedByEntryId === null &&
      this.entry().kind !== 'REVERSAL' &&
      this.sent() === null &&
      this.#session.may('entries:write'),
  );

  protected reverse(reason: string): void {
    const { merchantId, entryId, amountMinor, currency } = this.entry();
    const id = crypto.randomUUID();
    this.#outbox.put({
      id,
      idempotencyKey: crypto.randomUUID(),
      kind: 'reversal',
      merchantId,
      method: 'POST',
      path: `/entries/${entryId}/reversal`,
      body: { entryId: id, reason, occurredAt: new Date().toISOString() },
      amountMinor,
      currency,
      about: entryId,
    });
    this.isAsking.set(false);
    this.sent.set(id);
  }
}
