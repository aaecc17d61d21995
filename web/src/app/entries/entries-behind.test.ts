/** Lists of entries while Postgres is behind the balances: they are not called complete before they are. */
import type { HttpTestingController } from '@angular/common/http/testing';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import type { DayPageBody, EntryListBody } from '@fluxo/schemas';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { signInMarina } from '../merchant-page.fixture.ts';
import { aList, listsAskedFor, padaria } from './entries.fixture.ts';
import { EntryTable } from './entry-table.ts';
import { LatestEntries } from './latest-entries.ts';

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

const asked = () => listsAskedFor(http);

describe('the list of a day', () => {
  let fixture: ComponentFixture<EntryTable>;
  const set = (inputs: object) => {
    for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
    fixture.detectChanges();
  };
  const button = (text: string) =>
    [...(fixture.nativeElement as HTMLElement).querySelectorAll('button')].find(
      ({ textContent }) => textContent === text,
    );
  const offersNew = () => button('Show new ones') !== undefined;
  const rows = () => (fixture.nativeElement as HTMLElement).querySelectorAll('tbody tr').length;

  async function answer(body: EntryListBody): Promise<void> {
    const [request, ...others] = asked();
    expect([request === undefined, others.length]).toEqual([false, 0]);
    request?.flush(body);
    await vi.advanceTimersByTimeAsync(0);
    fixture.detectChanges();
  }

  function show(first: EntryListBody, revision: number): void {
    fixture = TestBed.createComponent(EntryTable);
    const value = { state: 'ok', value: first };
    set({ merchant: padaria, date: '2026-11-27', revision, firstRevision: revision, first: value });
  }

  test('that came with a newer balance has new ones to show, until a list has them', async () => {
    show(aList(6, [6]), 7);
    expect(offersNew()).toBe(true);
    button('Show new ones')?.click();
    await answer(aList(6, [6]));
    expect([offersNew(), rows()]).toEqual([true, 1]);
    button('Show new ones')?.click();
    await answer(aList(7, [7, 6]));
    expect([offersNew(), rows()]).toEqual([false, 2]);
  });

  test('that has what the balance is still to count has nothing newer to show then', () => {
    show(aList(8, [8, 7]), 7);
    set({ revision: 8 });
    expect(offersNew()).toBe(false);
    set({ revision: 9 });
    expect(offersNew()).toBe(true);
  });

  test('that begins anew is not continued where the one before ended', async () => {
    show(aList(7, [7], 'behind-7'), 7);
    button('Show more')?.click();
    set({ first: { state: 'ok', value: aList(9, [9], 'behind-9') } });
    await answer(aList(9, [6]));
    expect(rows()).toBe(1);
  });
});

describe('the latest of today', () => {
  const page = (entries: EntryListBody, today = '2026-11-27', revision = 7) =>
    ({
      merchant: padaria,
      today,
      balance: { revision },
      entries: { state: 'ok', value: entries },
    }) as unknown as DayPageBody;
  const latest = () => TestBed.runInInjectionContext(() => new LatestEntries());
  const seqs = (shown: LatestEntries) => {
    const section = shown.section();
    return section?.state === 'ok' ? section.value.map(({ ledgerSeq }) => ledgerSeq) : null;
  };

  test('are asked for until they have what the balance has, ever less often', async () => {
    const shown = latest();
    shown.show(page(aList(5, [5])));
    for (const pauseMs of [700, 1_400, 2_800, 5_000, 5_000]) {
      const [request, ...others] = asked();
      expect([request === undefined, others.length]).toEqual([false, 0]);
      request?.flush(aList(6, [6]));
      await vi.advanceTimersByTimeAsync(pauseMs - 1);
      expect(asked()).toHaveLength(0);
      await vi.advanceTimersByTimeAsync(1);
    }
    asked()[0]?.flush(aList(7, [7, 6]));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked().length, seqs(shown)]).toEqual([0, [7, 6]]);
  });

  test('are asked for once where the balance has moved by what stands in another list', async () => {
    const shown = latest();
    shown.show(page(aList(7, [5])));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toHaveLength(0);
    shown.look(8);
    asked()[0]?.flush(aList(8, [5]));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toHaveLength(0);
  });

  test('are not those of the day before, whose answer comes after the day has changed', async () => {
    const shown = latest();
    shown.show(page(aList(6, [6])));
    const [late] = asked();
    shown.show(page(aList(8, [8]), '2026-11-28', 8));
    late?.flush(aList(8, [7, 6]));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked().length, seqs(shown)]).toEqual([0, [8]]);
  });

  test('are asked for while an answer of the day before is still to come, and that changes nothing then', async () => {
    const shown = latest();
    shown.show(page(aList(6, [6])));
    const [late] = asked();
    shown.show(page(aList(8, [8]), '2026-11-28', 8));
    shown.look(9);
    const [question, ...others] = asked();
    expect(others).toHaveLength(0);
    question?.flush(aList(9, [9, 8]));
    late?.flush(null, { status: 503, statusText: 'away' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked().length, seqs(shown)]).toEqual([0, [9, 8]]);
  });

  test('stay as new as they are where the page comes with older ones of the same day', async () => {
    const shown = latest();
    shown.show(page(aList(7, [7])));
    shown.look(8);
    asked()[0]?.flush(aList(8, [8, 7]));
    await vi.advanceTimersByTimeAsync(60_000);
    shown.show(page(aList(7, [7])));
    asked()[0]?.flush(aList(8, [8, 7]));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked().length, seqs(shown)]).toEqual([0, [8, 7]]);
  });
});
