import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { provideTransloco } from '@jsverse/transloco';
import { beforeEach, expect, test, vi } from 'vitest';
import { Session } from '../api/session.ts';
import { Language } from '../i18n/language.ts';
import { TranslationLoader } from '../i18n/translation-loader.ts';
import { MerchantPage } from './merchant-page.ts';

const merchant = {
  merchantId: 'padaria',
  name: 'Padaria',
  calendar: [
    { effectiveFrom: '2020-01-01', zone: 'America/Sao_Paulo', cutoffMinutes: 0 },
    { effectiveFrom: '2026-12-01', zone: 'America/Sao_Paulo', cutoffMinutes: 240 },
  ],
  lateEntries: 'BOOK_TODAY',
  backdateLimitDays: 30,
  accounts: [{ accountId: 'drawer-1', name: 'Caixa 1', type: 'DRAWER', currency: 'BRL' }],
  closedThrough: null,
  revision: 7,
};

// The first page that is drawn takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let http: HttpTestingController;
let fixture: ComponentFixture<MerchantPage>;

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  await fixture.whenStable();
}

const find = (selector: string) => (fixture.nativeElement as HTMLElement).querySelector(selector);
const preview = () => find('[data-testid=preview]')?.textContent;

async function write(name: string, value: string): Promise<void> {
  const field = find(`input[name=${name}]`) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event('input'));
  await settle();
}

async function saved(): Promise<object> {
  find('form')?.dispatchEvent(new Event('submit'));
  await settle();
  return http.expectOne('/api/merchants/padaria').request.body as object;
}

beforeEach(async () => {
  localStorage.clear();
  sessionStorage.clear();
  TestBed.configureTestingModule({
    providers: [
      provideHttpClient(),
      provideHttpClientTesting(),
      provideRouter([]),
      provideTransloco({
        config: { availableLangs: ['en'], defaultLang: 'en' },
        loader: TranslationLoader,
      }),
    ],
  });
  http = TestBed.inject(HttpTestingController);
  await TestBed.inject(Language).choose('en');
  const loaded = TestBed.inject(Session).load();
  const person = { id: 'marina', name: 'Marina' };
  http.expectOne('/api/session').flush({ person, scopes: ['merchants:admin'], merchants: [] });
  await loaded;
  fixture = TestBed.createComponent(MerchantPage);
  fixture.componentRef.setInput('merchantId', 'padaria');
  fixture.detectChanges();
  http.expectOne('/api/day/padaria/today').flush({ merchant, today: '2026-11-27' });
  await settle();
});

test('a shop that is renamed keeps the cut-off that is planned', async () => {
  await write('name', 'Padaria Nova');
  expect(preview()).toContain('no day changes');
  expect(await saved()).toMatchObject({
    name: 'Padaria Nova',
    zone: 'America/Sao_Paulo',
    cutoffMinutes: 240,
    effectiveFrom: '2026-12-01',
  });
});

test('a planned cut-off that is taken back is said to fall away, with the days it would have moved', async () => {
  await write('cutoff', '00:00');
  expect(preview()).toContain('What was planned from 1 Dec 2026 on falls away: America/Sao_Paulo, 04:00.');
  expect(find('[data-testid=preview] tr.moved th')?.textContent).toContain('1 Dec');
  expect(await saved()).toMatchObject({ cutoffMinutes: 0 });
});
