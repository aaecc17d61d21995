/** Lists of entries while the ledger cannot be read: they come back by themselves, as the page says. */
import type { HttpTestingController, TestRequest } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import type { DayPageBody, EntryBody, Section } from '@fluxo/schemas';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { signInMarina } from '../merchant-page.fixture.ts';
import { listsAskedFor, padaria } from './entries.fixture.ts';
import { EntryTable } from './entry-table.ts';
import { LatestEntries } from './latest-entries.ts';

const away: Section<never> = { state: 'unavailable', code: 'ledger-unavailable', retryAfterSeconds: 5 };
const AGAIN_MS = 5_000;
const nothing = { entries: [], nextCursor: null, head: 7 };

// The first page that is drawn takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let http: HttpTestingController;

beforeEach(async () => {
  http = await signInMarina('entries:read');
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

async function asked(afterMs: number): Promise<readonly TestRequest[]> {
  TestBed.tick();
  await vi.advanceTimersByTimeAsync(afterMs);
  return listsAskedFor(http);
}

async function answered(request: TestRequest | undefined, status: number): Promise<void> {
  if (status === 200) request?.flush(nothing);
  else request?.flush({ code: 'ledger-unavailable' }, { status, statusText: 'no' });
  await vi.advanceTimersByTimeAsync(0);
}

describe('the list of a day', () => {
  function shown(first: Section<never>) {
    const fixture = TestBed.createComponent(EntryTable);
    const inputs = { merchant: padaria, date: '2026-11-27', revision: 7, firstRevision: 7, first };
    for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
    fixture.detectChanges();
    return fixture;
  }

  test('is asked for until it comes', async () => {
    shown(away);
    expect(await asked(AGAIN_MS - 1)).toHaveLength(0);
    for (const status of [503, 502, 200]) {
      const [request, ...others] = await asked(AGAIN_MS);
      expect([request === undefined, others.length]).toEqual([false, 0]);
      await answered(request, status);
    }
    expect(await asked(10 * AGAIN_MS)).toHaveLength(0);
  });

  test('is not asked for again where that brings the same, nor when nobody looks at it any more', async () => {
    const fixture = shown(away);
    await answered((await asked(AGAIN_MS))[0], 403);
    expect(await asked(10 * AGAIN_MS)).toHaveLength(0);
    fixture.destroy();
    shown(away).destroy();
    expect(await asked(10 * AGAIN_MS)).toHaveLength(0);
  });
});

describe('the latest of today', () => {
  const page = {
    merchant: padaria,
    today: '2026-11-27',
    balance: { revision: 7 },
    entries: away,
  } as unknown as DayPageBody;
  const latest = () => TestBed.runInInjectionContext(() => new LatestEntries());

  test('are asked for until they come, also while nothing is sold', async () => {
    const list = latest();
    list.show(page);
    for (const status of [503, 0, 200]) {
      const [request] = await asked(AGAIN_MS);
      expect(request).toBeDefined();
      if (status === 0) request?.error(new ProgressEvent('offline'));
      else if (status === 200) request?.flush({ ...nothing, entries: [{ ledgerSeq: 7 } as EntryBody] });
      else await answered(request, status);
    }
    expect(await asked(10 * AGAIN_MS)).toHaveLength(0);
    expect(list.section()).toMatchObject({ state: 'ok', value: [{ ledgerSeq: 7 }] });
  });
});
