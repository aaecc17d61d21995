import type { HttpTestingController } from '@angular/common/http/testing';
import type { ComponentFixture } from '@angular/core/testing';
import { beforeEach, expect, test, vi } from 'vitest';
import { settle, showPage, signInMarina } from '../merchant-page.fixture.ts';
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

const page = () => fixture.nativeElement as HTMLElement;
const find = (selector: string) => page().querySelector(selector);
const preview = () => find('[data-testid=preview]')?.textContent;

async function write(name: string, value: string): Promise<void> {
  const field = find(
    `input[name=${name}], .account:last-of-type input[formcontrolname=${name}]`,
  ) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event('input'));
  await settle(fixture);
}

async function saved(): Promise<object> {
  find('form')?.dispatchEvent(new Event('submit'));
  await settle(fixture);
  return http.expectOne('/api/merchants/padaria').request.body as object;
}

beforeEach(async () => {
  localStorage.clear();
  sessionStorage.clear();
  http = await signInMarina('merchants:admin');
  fixture = await showPage(MerchantPage, merchant);
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

test('every field that cannot stay as it is says how it must be', async () => {
  const said = async () => {
    find('form')?.dispatchEvent(new Event('submit'));
    await settle(fixture);
    return [...page().querySelectorAll('mat-error')].map(({ textContent }) => textContent);
  };
  expect(await said()).toEqual([]);
  http.expectOne('/api/merchants/padaria');
  const wrong = { name: '', backdate: '401', zone: 'Europe/Nowhere', cutoff: '13:00', effectiveFrom: '' };
  for (const [name, value] of Object.entries(wrong)) await write(name, value);
  [...page().querySelectorAll('button')]
    .find(({ textContent }) => textContent.includes('Add account'))
    ?.click();
  await settle(fixture);
  await write('currency', 'eur');
  expect(await said()).toEqual([
    'From 1 to 128 characters.',
    'From 0 to 400 days.',
    'Choose a zone from the list, such as America/Sao_Paulo or Europe/Lisbon.',
    'From 00:00 to 12:00.',
    'Choose a date.',
    'Letters, digits and . _ ~ - , at most 64.',
    'From 1 to 128 characters.',
    'Three capital letters, such as BRL or EUR.',
  ]);
});
