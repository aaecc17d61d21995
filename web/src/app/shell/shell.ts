/**
 * The frame around every page of somebody signed in: whose figures these are, where one can go, what has not been sent yet. A column
 * at the side where there is room, a bar at the bottom of a phone.
 */
import { ChangeDetectionStrategy, Component, computed, effect, inject, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { MatButtonModule } from '@angular/material/button';
import { NavigationEnd, Router, RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { TranslocoDirective } from '@jsverse/transloco';
import { filter, map, startWith } from 'rxjs';
import { Session } from '../api/session.ts';
import { SignOut } from '../api/sign-out.ts';
import { Icon, type IconName } from '../look/icon.ts';
import { Notice } from '../look/notice.ts';
import { Outbox } from '../sending/outbox.ts';
import { CurrentMerchant } from './current-merchant.ts';
import { Preferences } from './preferences.ts';

type Place = {
  readonly key: string;
  readonly icon: IconName;
  readonly path: string;
  readonly isOnBar: boolean;
  /** Without it the API would refuse, so the page does not offer. */
  readonly scope?: string;
};

const places: readonly Place[] = [
  { key: 'today', icon: 'today', path: 'today', isOnBar: true },
  { key: 'month', icon: 'month', path: 'month', isOnBar: true },
  { key: 'new', icon: 'new', path: 'new', isOnBar: true, scope: 'entries:write' },
  { key: 'day', icon: 'day', path: 'day/today', isOnBar: true },
  { key: 'close', icon: 'close', path: 'close', isOnBar: false, scope: 'days:close' },
  { key: 'reports', icon: 'reports', path: 'reports', isOnBar: false },
  { key: 'merchant', icon: 'merchant', path: 'merchant', isOnBar: false },
];

@Component({
  selector: 'fx-shell',
  imports: [
    Icon,
    MatButtonModule,
    Notice,
    Preferences,
    RouterLink,
    RouterLinkActive,
    RouterOutlet,
    TranslocoDirective,
  ],
  templateUrl: './shell.html',
  styleUrl: './shell.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Shell {
  protected readonly session = inject(Session);
  protected readonly outbox = inject(Outbox);
  protected readonly signOut = inject(SignOut);
  readonly #router = inject(Router);
  readonly #current = inject(CurrentMerchant);
  protected readonly isMoreOpen = signal(false);

  protected readonly url = toSignal(
    this.#router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      map(() => this.#router.url),
      startWith(this.#router.url),
    ),
    { requireSync: true },
  );
  protected readonly merchantId = computed(() => {
    const id = /^\/m\/([^/?#]+)/.exec(this.url())?.[1];
    return id === undefined ? null : decodeURIComponent(id);
  });
  protected readonly name = computed(() => {
    const id = this.merchantId();
    const known = this.#current.merchant();
    if (known?.merchantId === id) return known?.name ?? id;
    return this.session.value()?.merchants.find(({ merchantId }) => merchantId === id)?.name ?? id;
  });
  protected readonly hasChoice = computed(() => {
    const session = this.session.value();
    return session?.isOperator === true || (session?.merchants.length ?? 0) > 1;
  });
  protected readonly places = computed(() =>
    places.filter(({ scope }) => scope === undefined || this.session.may(scope)),
  );
  protected readonly bar = computed(() => this.places().filter(({ isOnBar }) => isOnBar));
  protected readonly rest = computed(() => this.places().filter(({ isOnBar }) => !isOnBar));

  constructor() {
    // A page that was chosen closes the sheet it was chosen from.
    effect(() => {
      this.url();
      this.isMoreOpen.set(false);
    });
  }

  /** Keyboards begin behind the frame; the address, and with it the page, stays. */
  protected skip(main: HTMLElement): void {
    main.focus();
  }
}
