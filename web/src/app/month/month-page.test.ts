/** The month that is shown where the address names none: the merchant's own, around a month's end as well, whatever the browser's clock says. */
import type { HttpTestingController } from '@angular/common/http/testing';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { beforeEach, expect, test, vi } from 'vitest';
import { settle, signInMarina } from '../merchant-page.fixture.ts';
import { MonthPage } from './month-page.ts';

const answerOf = (month: string, today: string) => ({
  merchant: {
    merchantId: 'padaria',
    name: 'Padaria',
    calendar: [{ effectiveFrom: '2020-01-01', zone: 'Asia/Kathmandu', cutoffMinutes: 0 }],
    accounts: [],
  },
  today,
  month,
  days: [],
  freshness: { tier: 'memory', revision: 7, shownAt: '2026-12-01T00:30:00.000Z' },
});

// The first page that is drawn takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let http: HttpTestingController;
let fixture: ComponentFixture<MonthPage>;

const page = () => fixture.nativeElement as HTMLElement;
const heading = () => page().querySelector('h1')?.textContent;
const steps = () => [...page().querySelectorAll('.steps a')].map((step) => step.getAttribute('href'));

beforeEach(async () => {
  http = await signInMarina('balances:read');
  fixture = TestBed.createComponent(MonthPage);
  fixture.componentRef.setInput('merchantId', 'padaria');
});

test('is the one the answer names, and none before there is an answer', async () => {
  fixture.detectChanges();
  expect([heading(), steps()]).toEqual(['Month', []]);
  http.expectOne('/api/month/padaria/current').flush(answerOf('2026-11', '2026-11-30'));
  await settle(fixture);
  expect(heading()).toBe('November 2026');
  expect(steps()).toEqual(['/m/padaria/month/2026-10', '/m/padaria/month/2026-12']);
});

test('says of when its figures are, by the clock of the merchant', async () => {
  fixture.detectChanges();
  http.expectOne('/api/month/padaria/current').flush(answerOf('2026-11', '2026-11-30'));
  await settle(fixture);
  expect(page().querySelector('.under')?.textContent).toContain('06:15:00 GMT+5:45');
});

test('a month that the address names is shown before there is an answer, too', () => {
  fixture.componentRef.setInput('month', '2026-01');
  fixture.detectChanges();
  http.expectOne('/api/month/padaria/2026-01');
  expect(heading()).toBe('January 2026');
  expect(steps()).toEqual(['/m/padaria/month/2025-12', '/m/padaria/month/2026-02']);
});
