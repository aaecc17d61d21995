/** A day that is left open on the screen: its closings and reopenings, from here or elsewhere, and the change of the day. */
import type { HttpTestingController } from '@angular/common/http/testing';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import type { BalanceBody, DayEventBody, LiveEvent } from '@fluxo/schemas';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aList, padaria } from '../entries/entries.fixture.ts';
import { type OpenLine, openLines } from '../live/lines.fixture.ts';
import { signInMarina } from '../merchant-page.fixture.ts';
import { Outbox } from '../sending/outbox.ts';
import { DayPage } from './day-page.ts';

const DAY = '2026-11-27';
const EVENTS = `/api/days/padaria/${DAY}`;
const PAGE = `/api/day/padaria/${DAY}`;

const shownAt = '2026-11-28T11:00:00.000Z';
const balanceOf = (revision: number, status: 'OPEN' | 'CLOSED', businessDate = DAY) =>
  ({
    merchantId: 'padaria',
    businessDate,
    revision,
    status,
    totals: [],
    accounts: [],
  }) as unknown as BalanceBody;
const answerOf = (balance: BalanceBody, today = '2026-11-28') => ({
  merchant: padaria,
  today,
  balance,
  freshness: { tier: 'memory', revision: balance.revision, shownAt },
  entries: { state: 'ok', value: aList(balance.revision) },
});
const eventOf = (type: DayEventBody['type'], requestedBy: string, ledgerSeq: number) => ({
  type,
  requestId: `${ledgerSeq}`,
  ledgerSeq,
  recordedAt: '2026-11-28T10:00:00.000Z',
  requestedBy,
  reason: null,
  accounts: [],
});
const closing = eventOf('DayClosed', 'Olga', 8);

// The first page that is drawn takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let http: HttpTestingController;
let lines: readonly OpenLine[];
let fixture: ComponentFixture<DayPage>;

const settle = (forMs = 50) => vi.advanceTimersByTimeAsync(forMs);
const history = () =>
  (fixture.nativeElement as HTMLElement).querySelector('fx-day-history')?.textContent ?? '';

/** How often the history is asked for within so many milliseconds, where each time these are in it. */
async function questions(withinMs: number, events: readonly object[]): Promise<number> {
  let count = 0;
  for (let passedMs = 0; passedMs < withinMs; passedMs += 50) {
    await settle();
    for (const question of http.match(EVENTS)) {
      count += 1;
      question.flush({ events });
    }
  }
  return count;
}

function say(revision: number, status: 'OPEN' | 'CLOSED'): void {
  const event: LiveEvent = { event: 'balance', data: answerOf(balanceOf(revision, status)) };
  lines.at(-1)?.say(event);
}

beforeEach(async () => {
  localStorage.clear();
  sessionStorage.clear();
  http = await signInMarina('balances:read');
  lines = openLines();
  vi.useFakeTimers();
  fixture = TestBed.createComponent(DayPage);
  fixture.componentRef.setInput('merchantId', 'padaria');
  fixture.componentRef.setInput('date', DAY);
  fixture.detectChanges();
  http.expectOne(PAGE).flush(answerOf(balanceOf(7, 'OPEN')));
  await questions(500, []);
});
afterEach(() => {
  vi.useRealTimers();
});

test('a line that shows what the page has had asks for nothing', async () => {
  say(7, 'OPEN');
  expect(await questions(10_000, [])).toBe(0);
});

test('a day that is closed elsewhere says by whom at once, and one that is reopened then as well', async () => {
  say(7, 'CLOSED');
  await questions(500, [closing]);
  expect(history()).toContain('Olga');
  await questions(10_000, [closing]);
  say(7, 'OPEN');
  await questions(500, [closing, eventOf('DayReopened', 'Marina', 9)]);
  expect(history()).toContain('Marina');
});

test('a closing that the ledger’s views have a moment after the balance comes, too; then nothing is asked any more', async () => {
  say(7, 'CLOSED');
  expect(await questions(500, [])).toBe(1);
  await questions(5_000, [closing]);
  expect(history()).toContain('Olga');
  expect(await questions(10_000, [closing])).toBe(0);
});

test('what was sent from here is looked for when it is posted', async () => {
  TestBed.inject(Outbox).settled.update((count) => count + 1);
  await questions(500, [closing]);
  expect(history()).toContain('Olga');
});

test('a day on which something is sold all the time is asked about now and then', async () => {
  let asked = 0;
  for (let revision = 8; revision < 108; revision += 1) {
    say(revision, 'OPEN');
    asked += await questions(100, []);
  }
  expect(asked).toBeGreaterThan(3);
  expect(asked).toBeLessThan(12);
});

test('what cannot be had leaves what there is; a late answer is not shown on another day', async () => {
  say(7, 'CLOSED');
  await questions(10_000, [closing]);
  say(8, 'CLOSED');
  await settle();
  http.expectOne(EVENTS).flush(null, { status: 503, statusText: 'away' });
  await settle();
  expect(history()).toContain('Olga');
  await settle(2_000);
  const late = http.expectOne(EVENTS);
  fixture.componentRef.setInput('date', '2026-11-26');
  await settle();
  http.expectOne('/api/day/padaria/2026-11-26').flush(answerOf(balanceOf(3, 'OPEN', '2026-11-26')));
  await settle();
  http.expectOne('/api/days/padaria/2026-11-26').flush({ events: [] });
  if (!late.cancelled) late.flush({ events: [closing] });
  await settle();
  expect(history()).toBe('');
});

test('a first question without an answer is asked again until there is one, as long as somebody looks', async () => {
  const fresh = async () => {
    fixture = TestBed.createComponent(DayPage);
    fixture.componentRef.setInput('merchantId', 'padaria');
    fixture.componentRef.setInput('date', DAY);
    fixture.detectChanges();
    http.expectOne(PAGE).flush(answerOf(balanceOf(7, 'OPEN')));
    await settle();
  };
  const refused = (status: number) => http.expectOne(EVENTS).flush(null, { status, statusText: 'no' });
  fixture.destroy();
  await fresh();
  for (const status of [503, 502]) {
    refused(status);
    await settle(5_000);
  }
  await questions(500, [closing]);
  expect(history()).toContain('Olga');
  expect(await questions(20_000, [closing])).toBe(0);
  for (const status of [503, 403]) {
    fixture.destroy();
    await fresh();
    const left = fixture;
    if (status === 503) left.destroy();
    for (const question of http.match(EVENTS))
      if (!question.cancelled) question.flush(null, { status, statusText: 'no' });
    expect(await questions(20_000, [])).toBe(0);
  }
});

describe('over the change of the day', () => {
  const element = () => fixture.nativeElement as HTMLElement;
  const latestToChoose = () => element().querySelector<HTMLInputElement>('input[type=date]')?.max;
  const hasNext = () => element().querySelector('[aria-label="Day after"]') !== null;
  const shownDay = () => element().querySelector('h1')?.textContent;
  const sayToday = (today: string) => lines.at(-1)?.say({ event: 'today', data: { today } });

  test('what was today has a next day, and is left only when asked', async () => {
    fixture.componentRef.setInput('date', '2026-11-28');
    await settle();
    http.expectOne('/api/day/padaria/2026-11-28').flush(answerOf(balanceOf(7, 'OPEN', '2026-11-28')));
    await questions(500, []);
    expect([latestToChoose(), hasNext()]).toEqual(['2026-11-28', false]);
    sayToday('2026-11-29');
    await settle(3_000);
    http
      .expectOne('/api/day/padaria/2026-11-28')
      .flush(answerOf(balanceOf(7, 'OPEN', '2026-11-28'), '2026-11-29'));
    await settle();
    expect([latestToChoose(), hasNext()]).toEqual(['2026-11-29', true]);
    expect(shownDay()).toContain('28 November');
  });

  test('the page of today comes to the new one', async () => {
    fixture.componentRef.setInput('date', 'today');
    await settle();
    http.expectOne('/api/day/padaria/today').flush(answerOf(balanceOf(7, 'OPEN', '2026-11-28')));
    await settle();
    http.match('/api/days/padaria/2026-11-28');
    sayToday('2026-11-29');
    await settle(3_000);
    http
      .expectOne('/api/day/padaria/today')
      .flush(answerOf(balanceOf(7, 'OPEN', '2026-11-29'), '2026-11-29'));
    await settle();
    expect(shownDay()).toContain('29 November');
    expect(lines.map(({ address }) => address)).toEqual(['/api/live/padaria/2026-11-29']);
    expect(hasNext()).toBe(false);
  });

  test('a day that cannot be had is not asked for again because the line of the one before is still there', async () => {
    sayToday('2026-11-28');
    fixture.componentRef.setInput('date', '2026-13-45');
    await settle();
    const question = () => http.match('/api/day/padaria/2026-13-45');
    question()[0]?.flush(null, { status: 400, statusText: 'no date' });
    await settle(10_000);
    expect([question().length, lines.length]).toEqual([0, 0]);
  });
});
