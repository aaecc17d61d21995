import { TestBed } from '@angular/core/testing';
import type { BalanceBody, Freshness } from '@fluxo/schemas';
import { expect, test, vi } from 'vitest';
import { signInMarina } from '../merchant-page.fixture.ts';
import { openLines } from './lines.fixture.ts';
import { LiveDay, newerOf } from './live-day.ts';

const shown = (revision: number, shownAt: string) => ({
  balance: { revision } as BalanceBody,
  freshness: { tier: 'memory', revision, shownAt } as Freshness,
});
const early = '2026-11-26T12:00:00.000Z';
const late = '2026-11-26T12:00:01.000Z';

test('the higher revision is shown, whichever way it came and however late', () => {
  const [old, young] = [shown(7, late), shown(8, early)];
  expect(newerOf(old, young)).toBe(young);
  expect(newerOf(young, old)).toBe(young);
});

test('of one revision the later answer: a closing changes no revision', () => {
  const [before, after] = [shown(7, early), shown(7, late)];
  expect(newerOf(before, after)).toBe(after);
  expect(newerOf(after, before)).toBe(after);
});

test('before the page has come nothing is shown, not even what is live', () => {
  expect(newerOf(null, shown(7, early))).toBeNull();
  expect(newerOf(shown(7, early), null)?.balance.revision).toBe(7);
});

test('a line that was refused is not opened once more where its day has a new one by then', async () => {
  const http = await signInMarina('balances:read');
  const lines = openLines();
  vi.useFakeTimers();
  const line = TestBed.runInInjectionContext(() => new LiveDay());
  line.open('padaria', '2026-11-27');
  lines[0]?.refuse();
  line.open('padaria', '2026-11-26');
  line.open('padaria', '2026-11-27');
  http.expectOne('/api/session').flush({ person: null, scopes: [], merchants: [] });
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();
  expect(lines).toHaveLength(1);
});
