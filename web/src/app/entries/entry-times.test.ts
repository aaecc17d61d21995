/** The times of a day that another zone has followed: they are shown as they were on the wall. */
import { TestBed } from '@angular/core/testing';
import type { MerchantBody } from '@fluxo/schemas';
import { beforeEach, expect, test, vi } from 'vitest';
import { signInMarina } from '../merchant-page.fixture.ts';
import { anEntry, padaria } from './entries.fixture.ts';
import { EntryList } from './entry-list.ts';
import { EntryTable } from './entry-table.ts';

const merchant: MerchantBody = {
  ...padaria,
  calendar: [...padaria.calendar, { effectiveFrom: '2026-01-10', zone: 'America/Manaus', cutoffMinutes: 0 }],
};

/** At half past nine in the evening, in São Paulo and later in Manaus. */
const entries = [
  anEntry(2, '2026-01-11T01:30:00.000Z'),
  { ...anEntry(1, '2026-01-06T00:30:00.000Z'), amountMinor: 200 },
];

// The first page that is drawn takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

beforeEach(async () => {
  await signInMarina('entries:read');
});

test.each([
  {
    name: 'the list of a day',
    component: EntryTable,
    inputs: {
      date: '2026-01-05',
      revision: 2,
      firstRevision: 2,
      first: { state: 'ok', value: { merchantId: 'padaria', entries, nextCursor: null, head: 2 } },
    },
  },
  { name: 'the latest', component: EntryList, inputs: { entries } },
])('$name', ({ component, inputs }) => {
  const fixture = TestBed.createComponent<EntryTable | EntryList>(component);
  for (const [name, value] of Object.entries({ merchant, ...inputs }))
    fixture.componentRef.setInput(name, value);
  fixture.detectChanges();
  const page = fixture.nativeElement as HTMLElement;
  const times = () => [...page.querySelectorAll('time')].map(({ textContent }) => textContent);
  expect(times()).toEqual(['21:30:00', '21:30:00']);
  [...page.querySelectorAll<HTMLElement>('td.toggle button')].at(-1)?.click();
  fixture.detectChanges();
  const details = [...page.querySelectorAll('fx-entry-details dd')].map(({ textContent }) => textContent);
  const both = ['5 Jan 2026, 21:30:00', '12 Jan 2026, 08:00:00'];
  expect(details).toEqual(component === EntryTable ? expect.arrayContaining(both) : []);
});

test('what opens the details says of what: two sales of a day are told apart by who does not see them', () => {
  const fixture = TestBed.createComponent(EntryTable);
  const first = { state: 'ok', value: { merchantId: 'padaria', entries, nextCursor: null, head: 2 } };
  const inputs = { merchant, date: '2026-01-05', revision: 2, firstRevision: 2, first };
  for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
  fixture.detectChanges();
  const page = fixture.nativeElement as HTMLElement;
  const names = [...page.querySelectorAll('td.toggle button')].map((button) =>
    (button.getAttribute('aria-labelledby') ?? '')
      .split(' ')
      .map((id) => page.querySelector(`#${id}`))
      .map((label) => label?.getAttribute('aria-label') ?? label?.textContent),
  );
  expect(names).toEqual([
    ['Details and proof', 'Sale', '21:30:00', '+R$1.00'],
    ['Details and proof', 'Sale', '21:30:00', '+R$2.00'],
  ]);
});
