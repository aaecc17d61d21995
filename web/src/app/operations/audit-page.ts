/** How the latest round of the audit ended: whether what is published and shown equals what was submitted. Asked for again and again; rounds take their time. */
import { httpResource } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import type { AuditBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { addresses } from '../api/addresses.ts';
import { Language } from '../i18n/language.ts';
import { Failure } from '../look/failure.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';
import { againAndAgain } from './again-and-again.ts';

const ASKED_EVERY_MS = 10_000;

@Component({
  selector: 'fx-audit-page',
  imports: [Failure, Notice, Skeleton, TranslocoDirective],
  templateUrl: './audit-page.html',
  styles: `
    :host { display: block; }
    .head { min-height: 0; margin-bottom: 0.75rem; }
    .facts { margin-top: 1rem; }
    li { padding-block: 0.25rem; overflow-wrap: anywhere; }
    code { overflow-wrap: anywhere; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class AuditPage {
  protected readonly language = inject(Language);
  protected readonly answer = httpResource<AuditBody>(() => addresses.audit());
  protected readonly audit = computed(() => (this.answer.hasValue() ? this.answer.value() : null));

  constructor() {
    againAndAgain(ASKED_EVERY_MS, () => this.answer.reload());
  }

  protected when(instant: string): string {
    return this.language.time(instant, undefined, { dateStyle: 'long', timeStyle: 'medium' });
  }

  /** The command that lets an audit go on at this address. */
  protected commandFor(address: string): string {
    return `npx fluxo audit --watch --port ${new URL(address).port}`;
  }
}
