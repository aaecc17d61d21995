/** A page that is left open over the change of the day: it comes to the day that the line names, whatever was cut, behind or away meanwhile. */
import type { HttpTestingController } from '@angular/common/http/testing';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aList, padaria } from '../entries/entries.fixture.ts';
import { type OpenLine, openLines } from '../live/lines.fixture.ts';
import { signInMarina } from '../merchant-page.fixture.ts';
import { TodayPage } from './today-page.ts';

const YESTERDAY = '2026-11-27';
const TODAY = '2026-11-28';
const PADARIA = '/api/day/padaria/today';

const answerOf = (merchantId: string, today: string) => ({
  merchant: { ...padaria, merchantId },
  today,
  balance: { merchantId, businessDate: today, revision: 7, status: 'OPEN', totals: [], accounts: [] },
  freshness: { tier: 'memory', revision: 7, shownAt: '2026-11-28T11:00:00.000Z' },
  entries: { state: 'ok', value: aList(7) },
});

// The first page that is drawn takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let http: HttpTestingController;
let lines: readonly OpenLine[];
let fixture: ComponentFixture<TodayPage>;

const settle = (forMs = 0) => vi.advanceTimersByTimeAsync(forMs);
const text = () => (fixture.nativeElement as HTMLElement).textContent;
const addresses = () => lines.map(({ address }) => address);

async function answer(merchantId: string, today: string): Promise<void> {
  http.expectOne(`/api/day/${merchantId}/today`).flush(answerOf(merchantId, today));
  await settle(50);
}

/** How often the page asks within so many milliseconds, where each time it hears that it is still this day. */
async function questions(withinMs: number, today: string): Promise<number> {
  let count = 0;
  for (let passedMs = 0; passedMs < withinMs; passedMs += 100) {
    await settle(100);
    for (const question of http.match(PADARIA)) {
      count += 1;
      question.flush(answerOf('padaria', today));
    }
  }
  return count;
}

async function say(today: string): Promise<void> {
  lines.at(-1)?.say({ event: 'today', data: { today } });
  await settle(50);
}

beforeEach(async () => {
  localStorage.clear();
  sessionStorage.clear();
  http = await signInMarina('entries:write');
  lines = openLines();
  vi.useFakeTimers();
  fixture = TestBed.createComponent(TodayPage);
  fixture.componentRef.setInput('merchantId', 'padaria');
  fixture.detectChanges();
  await answer('padaria', YESTERDAY);
});
afterEach(() => {
  vi.useRealTimers();
});

test('a line that names the day that is shown has nothing asked again', async () => {
  expect(addresses()).toEqual([`/api/live/padaria/${YESTERDAY}`]);
  await say(YESTERDAY);
  expect(await questions(10_000, YESTERDAY)).toBe(0);
});

test('a line that names another day brings the page to it, and is of that day then', async () => {
  await say(TODAY);
  await settle(3_000);
  await answer('padaria', TODAY);
  expect(text()).toContain('28 November');
  expect(addresses()).toEqual([`/api/live/padaria/${TODAY}`]);
  await say(TODAY);
  expect(await questions(10_000, TODAY)).toBe(0);
});

test('an answer that is still of the day before is asked for now and then, until it is of today', async () => {
  await say(TODAY);
  const asked = await questions(10_000, YESTERDAY);
  expect(asked).toBeGreaterThan(2);
  expect(asked).toBeLessThan(12);
  expect(addresses()).toEqual([`/api/live/padaria/${YESTERDAY}`]);
  expect(await questions(5_000, TODAY)).toBe(1);
  expect(text()).toContain('28 November');
});

test('no answer is no end of it, but without a line nothing is asked', async () => {
  await say(TODAY);
  await settle(3_000);
  http.expectOne(PADARIA).flush(null, { status: 401, statusText: 'signed out' });
  lines.at(-1)?.cut();
  expect(await questions(10_000, YESTERDAY)).toBe(0);
  lines.at(-1)?.comeBack();
  await settle(3_000);
  await answer('padaria', TODAY);
  expect(text()).toContain('28 November');
});

test('the day of one merchant is not taken for that of the next', async () => {
  await say(YESTERDAY);
  fixture.componentRef.setInput('merchantId', 'auckland');
  await settle(50);
  await answer('auckland', TODAY);
  expect(addresses()).toEqual([`/api/live/auckland/${TODAY}`]);
  await settle(10_000);
  http.verify();
});

test('the line of one merchant has nothing asked for the next, whose day cannot be had', async () => {
  await say(YESTERDAY);
  fixture.componentRef.setInput('merchantId', 'auckland');
  await settle(50);
  http.expectOne('/api/day/auckland/today').flush(null, { status: 404, statusText: 'absent' });
  await settle(10_000);
  expect(http.match('/api/day/auckland/today')).toHaveLength(0);
});
