/** Lists of entries while Postgres is behind the balances: they are not called complete before they are. */
import type { HttpTestingController } from '@angular/common/http/testing';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import type { DayPageBody, EntryListBody } from '@fluxo/schemas';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { signInMarina } from '../merchant-page.fixture.ts';
import { anEntry, listsAskedFor, padaria } from './entries.fixture.ts';
import { EntryTable } from './entry-table.ts';
import { LatestEntries } from './latest-entries.ts';

const list = (head: number, seqs: readonly number[], nextCursor: string | null = null): EntryListBody => ({
  merchantId: 'padaria',
  entries: seqs.map((seq) => anEntry(seq)),
  nextCursor,
  head,
});

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
    show(list(6, [6]), 7);
    expect(offersNew()).toBe(true);
    button('Show new ones')?.click();
    await answer(list(6, [6]));
    expect([offersNew(), rows()]).toEqual([true, 1]);
    button('Show new ones')?.click();
    await answer(list(7, [7, 6]));
    expect([offersNew(), rows()]).toEqual([false, 2]);
  });

  test('that has what the balance is still to count has nothing newer to show then', () => {
    show(list(8, [8, 7]), 7);
    set({ revision: 8 });
    expect(offersNew()).toBe(false);
    set({ revision: 9 });
    expect(offersNew()).toBe(true);
  });

  test('that begins anew is not continued where the one before ended', async () => {
    show(list(7, [7], 'behind-7'), 7);
    button('Show more')?.click();
    set({ first: { state: 'ok', value: list(9, [9], 'behind-9') } });
    await answer(list(9, [6]));
    expect(rows()).toBe(1);
  });
});

describe('the latest of today', () => {
  const page = (entries: EntryListBody) =>
    ({
      merchant: padaria,
      today: '2026-11-27',
      balance: { revision: 7 },
      entries: { state: 'ok', value: entries },
    }) as unknown as DayPageBody;
  const latest = () => TestBed.runInInjectionContext(() => new LatestEntries());
  const seqs = (shown: LatestEntries) => {
    const section = shown.section();
    return section?.state === 'ok' ? section.value.map(({ ledgerSeq }) => ledgerSeq) : null;
  };

  test('are asked for until they have what the balance has, ever less often', async () => {
    const shown = latest();
    shown.show(page(list(5, [5])));
    for (const pauseMs of [700, 1_400, 2_800, 5_000, 5_000]) {
      const [request, ...others] = asked();
      expect([request === undefined, others.length]).toEqual([false, 0]);
      request?.flush(list(6, [6]));
      await vi.advanceTimersByTimeAsync(pauseMs - 1);
      expect(asked()).toHaveLength(0);
      await vi.advanceTimersByTimeAsync(1);
    }
    asked()[0]?.flush(list(7, [7, 6]));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked().length, seqs(shown)]).toEqual([0, [7, 6]]);
  });

  test('are asked for once where the balance has moved by what stands in another list', async () => {
    const shown = latest();
    shown.show(page(list(7, [5])));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toHaveLength(0);
    shown.look(8);
    asked()[0]?.flush(list(8, [5]));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toHaveLength(0);
  });
});
