/**
 * The movements of a day: filters, pages, and behind each one its details, its proof and its reversal. When the balance has moved on, a button
 * brings what is new.
 */
import { HttpClient } from '@angular/common/http';
import {
  ChangeDetectionStrategy,
  Component,
  computed,
  effect,
  inject,
  input,
  signal,
  untracked,
} from '@angular/core';
import { MatButtonModule } from '@angular/material/button';
import type { EntryBody, EntryListBody, MerchantBody, Section } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { firstValueFrom } from 'rxjs';
import { addresses, type EntryFilter } from '../api/addresses.ts';
import { Language } from '../i18n/language.ts';
import { Icon } from '../look/icon.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';
import { accountName } from '../merchant/account-name.ts';
import { WallTime } from '../merchant/wall-time.ts';
import { Money } from '../money/money.ts';
import { kinds, methodsOf, wordOf } from './choices.ts';
import { EntryDetails } from './entry-details.ts';
import { unavailable } from './unavailable.ts';

const PAGE_ENTRIES = 50;
const TYPING_MS = 300;

type Choice = { readonly [Name in 'accountId' | 'kind' | 'paymentMethod' | 'direction' | 'text']: string };
const nothingChosen: Choice = { accountId: '', kind: '', paymentMethod: '', direction: '', text: '' };

@Component({
  selector: 'fx-entry-table',
  imports: [EntryDetails, Icon, MatButtonModule, Money, Notice, Skeleton, TranslocoDirective, WallTime],
  templateUrl: './entry-table.html',
  styleUrl: './entry-table.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class EntryTable {
  protected readonly language = inject(Language);
  readonly #http = inject(HttpClient);
  readonly merchant = input.required<MerchantBody>();
  readonly date = input.required<string>();
  readonly revision = input.required<number>();
  /** That of the balance that came with the page. Where no list came with it, only what changes it later is new. */
  readonly firstRevision = input.required<number>();
  /** What came with the page. */
  readonly first = input.required<Section<EntryListBody>>();

  protected readonly kinds = [...kinds, 'TRANSFER', 'REVERSAL'];
  protected readonly wordOf = wordOf;
  protected readonly accountName = accountName;
  protected readonly methods = computed(() => [...methodsOf(this.merchant()), 'INTERNAL']);
  protected readonly choice = signal<Choice>(nothingChosen);
  protected readonly isFiltered = computed(() => Object.values(this.choice()).some((value) => value !== ''));
  protected readonly section = signal<Section<EntryListBody> | null>(null);
  protected readonly opened = signal<number | null>(null);
  /** The revision up to which the list is complete. It is read from Postgres, and the balance may be ahead of it. */
  readonly #listed = signal(0);
  /** There is more by now; the list is left alone until the person asks, so that nothing moves under their hands. */
  protected readonly hasNewer = computed(() => this.revision() > this.#listed());
  #asked = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    effect(() => {
      const first = this.first();
      untracked(() => {
        if (this.isFiltered()) return void this.#fetch();
        this.#asked += 1;
        this.#listed.set(first.state === 'ok' ? first.value.head : this.firstRevision());
        this.section.set(first);
      });
    });
    effect((onCleanup) => {
      const section = this.section();
      if (section?.state !== 'unavailable' || section.retryAfterSeconds === null) return;
      const again = setTimeout(() => void this.#fetch(), section.retryAfterSeconds * 1_000);
      onCleanup(() => clearTimeout(again));
    });
  }

  protected choose(name: keyof Choice, event: Event): void {
    this.choice.update((choice) => ({ ...choice, [name]: (event.target as HTMLInputElement).value }));
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.#fetch(), name === 'text' ? TYPING_MS : 0);
  }

  protected clear(): void {
    this.choice.set(nothingChosen);
    void this.#fetch();
  }

  protected refresh(): Promise<void> {
    return this.#fetch();
  }

  protected more(cursor: string): Promise<void> {
    return this.#fetch(cursor);
  }

  protected toggle({ ledgerSeq }: EntryBody): void {
    this.opened.update((opened) => (opened === ledgerSeq ? null : ledgerSeq));
  }

  /** A button of each row, told apart by what stands in the row. */
  protected labelsOf({ ledgerSeq }: EntryBody): string {
    return ['details', 'what', 'when', 'much'].map((name) => `${name}-${ledgerSeq}`).join(' ');
  }

  /** An answer that another question, or another list from the page, has overtaken is thrown away. */
  async #fetch(cursor?: string): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    const filter: EntryFilter = {
      businessDate: this.date(),
      ...this.choice(),
      limit: PAGE_ENTRIES,
      ...(cursor === undefined ? {} : { cursor }),
    };
    const url = addresses.entries(this.merchant().merchantId, filter);
    const answer = await firstValueFrom(this.#http.get<EntryListBody>(url)).catch(unavailable);
    if (mine !== this.#asked) return;
    if ('state' in answer) return this.section.set(answer);
    if (cursor === undefined) this.#listed.set(answer.head);
    this.section.update((before) => ({
      state: 'ok',
      value: cursor === undefined ? answer : joined(before, answer),
    }));
  }
}

function joined(before: Section<EntryListBody> | null, next: EntryListBody): EntryListBody {
  const earlier = before?.state === 'ok' ? before.value.entries : [];
  return { ...next, entries: [...earlier, ...next.entries] };
}
