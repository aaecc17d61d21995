/** Counting and comparing at the end of a day: accounts that are overdrawn, and days that change while an answer is under way. */
import type { HttpTestingController, TestRequest } from '@angular/common/http/testing';
import type { ComponentFixture } from '@angular/core/testing';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { settle, showPage, signInMarina } from '../merchant-page.fixture.ts';
import { ClosePage } from './close-page.ts';

const account = (accountId: string, type: string, currency = 'BRL') => ({
  accountId,
  name: accountId,
  type,
  currency,
});
const merchant = {
  merchantId: 'padaria',
  name: 'Padaria',
  calendar: [{ effectiveFrom: '2020-01-01', zone: 'America/Sao_Paulo', cutoffMinutes: 0 }],
  accounts: [account('drawer', 'DRAWER'), account('yen', 'DRAWER', 'JPY'), account('bank', 'BANK')],
  closedThrough: null,
};
/** The bank's account is overdrawn by 200.00. */
const balances = [{ accountId: 'bank', currency: 'BRL', closingMinor: -20_000 }];

// The first page that is drawn takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let http: HttpTestingController;
let fixture: ComponentFixture<ClosePage>;

const page = () => fixture.nativeElement as HTMLElement;
const comparison = () => page().querySelector('fx-variance-table');
const varianceOf = (accountId: string) =>
  comparison()
    ?.querySelector(`[data-variance=${accountId}] [data-testid=variance]`)
    ?.getAttribute('data-minor');

async function press(text: string): Promise<void> {
  const button = [...page().querySelectorAll('button')].find(({ textContent }) => textContent.includes(text));
  if (button === undefined) throw new Error(`no button says ${text}`);
  button.click();
  await settle(fixture);
}

async function write(accountId: string, value: string): Promise<void> {
  const field = page().querySelector(`[data-account=${accountId}] .amount input`) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event('input'));
  await settle(fixture);
}

/** Compares; the question for the balance of this day, still without an answer. */
async function comparing(day = '2026-11-27'): Promise<TestRequest> {
  await press('Compare');
  return http.expectOne(`/api/day/padaria/${day}`);
}

async function answer(question: TestRequest): Promise<void> {
  if (!question.cancelled) question.flush({ merchant, today: '2026-11-27', balance: { accounts: balances } });
  await settle(fixture);
}

async function choose(date: string): Promise<void> {
  fixture.componentRef.setInput('date', date);
  await settle(fixture);
}

beforeEach(async () => {
  localStorage.clear();
  sessionStorage.clear();
  http = await signInMarina('days:close');
  fixture = await showPage(ClosePage, merchant);
});

describe('an overdrawn account', () => {
  test('is counted below zero, and closed with that', async () => {
    await write('bank', '-150.00');
    await answer(await comparing());
    expect(varianceOf('bank')).toBe('5000');
    await press('Close 27 Nov');
    const { body } = http.expectOne('/api/merchants/padaria/days/2026-11-27/close').request;
    expect(body).toMatchObject({ counts: [{ accountId: 'bank', countedMinor: -15_000 }] });
  });

  test('is none of notes and coins: in a drawer no sum is below zero', async () => {
    await write('yen', '-150');
    await press('Compare');
    http.expectNone('/api/day/padaria/2026-11-27');
    expect(page().querySelector('[data-account=yen] .wrong')).not.toBeNull();
  });
});

describe('a comparison', () => {
  test('is of the day that is chosen: an answer for the one before is dropped', async () => {
    const late = await comparing();
    await choose('2026-11-26');
    await answer(late);
    expect(comparison()).toBeNull();
    await answer(await comparing('2026-11-26'));
    expect(comparison()).not.toBeNull();
  });

  test('that failed late says nothing of another day', async () => {
    const late = await comparing();
    await choose('2026-11-26');
    if (!late.cancelled) late.flush(null, { status: 503, statusText: 'away' });
    await settle(fixture);
    expect(page().querySelector('fx-failure')).toBeNull();
  });

  test('that is shown goes with its day, however another one was come to', async () => {
    await answer(await comparing());
    expect(comparison()).not.toBeNull();
    await choose('2026-11-26');
    expect(comparison()).toBeNull();
  });
});
