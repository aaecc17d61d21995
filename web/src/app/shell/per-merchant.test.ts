/** Back and forward between merchants: a page of one keeps nothing of the other, whatever was typed or filled in. */
import type { HttpTestingController } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { provideRouter, RouteReuseStrategy, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { beforeEach, expect, test, vi } from 'vitest';
import { signInMarina } from '../merchant-page.fixture.ts';
import { routes } from '../routes.ts';
import { PerMerchant } from './per-merchant.ts';

const merchantOf = (merchantId: string) => ({
  merchantId,
  name: `Shop ${merchantId}`,
  calendar: [{ effectiveFrom: '2020-01-01', zone: 'America/Sao_Paulo', cutoffMinutes: 0 }],
  lateEntries: 'BOOK_TODAY',
  backdateLimitDays: 30,
  accounts: [
    { accountId: 'drawer', name: `Caixa de ${merchantId}`, type: 'DRAWER', currency: 'BRL' },
    { accountId: `bank-${merchantId}`, name: 'Banco', type: 'BANK', currency: 'BRL' },
  ],
  closedThrough: null,
  // Those of two merchants may well be the same number.
  revision: 7,
});

// The first page that is drawn takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let http: HttpTestingController;
let harness: RouterTestingHarness;

const page = () => harness.routeNativeElement as HTMLElement;
const input = (selector: string) => page().querySelector<HTMLInputElement>(`input${selector}`);

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  await harness.fixture.whenStable();
}

async function go(merchantId: string, place: string): Promise<void> {
  await harness.navigateByUrl(`/m/${merchantId}/${place}`);
  for (const question of http.match(`/api/day/${merchantId}/today`))
    question.flush({ merchant: merchantOf(merchantId), today: '2026-11-27' });
  await settle();
}

async function write(selector: string, value: string): Promise<void> {
  const field = input(selector);
  if (field === null) throw new Error(`there is no ${selector}`);
  field.value = value;
  field.dispatchEvent(new Event('input'));
  await settle();
}

beforeEach(async () => {
  localStorage.clear();
  sessionStorage.clear();
  const pages = routes[1]?.children?.filter(({ path }) => path === 'm/:merchantId') ?? [];
  TestBed.configureTestingModule({
    providers: [
      provideRouter(pages, withComponentInputBinding()),
      { provide: RouteReuseStrategy, useExisting: PerMerchant },
    ],
  });
  http = await signInMarina('entries:write', 'merchants:admin', 'days:close');
  harness = await RouterTestingHarness.create();
});

test('settings are those of the merchant that was come to', async () => {
  await go('padaria', 'merchant');
  await write('[name=name]', 'Half a new name');
  await go('auckland', 'merchant');
  expect(input('[name=name]')?.value).toBe('Shop auckland');
});

test('an entry is begun for the merchant that was come to, and the one of before is still there on the way back', async () => {
  await go('padaria', 'new');
  const form = () => page().querySelector('form')?.getAttribute('data-form');
  const first = form();
  await write('[name=amount]', '42.00');
  await go('auckland', 'new');
  expect([input('[name=amount]')?.value, form() === first]).toEqual(['', false]);
  await go('padaria', 'new');
  expect([input('[name=amount]')?.value, form()]).toEqual(['42.00', first]);
});

test('a count that is wrong in one shop keeps nobody from comparing in the next', async () => {
  const compare = () =>
    [...page().querySelectorAll('button')].find(({ textContent }) => textContent.includes('Compare'));
  await go('padaria', 'close');
  await write('[inputmode=text]', 'much');
  expect(compare()?.disabled).toBe(true);
  await go('auckland', 'close');
  expect(compare()?.disabled).toBe(false);
});

test('another day of the same merchant is the same page', async () => {
  await go('padaria', 'close/2026-11-26');
  await write('[inputmode=text]', '12.00');
  await go('padaria', 'close/2026-11-25');
  expect(input('[inputmode=text]')?.value).toBe('12.00');
});
