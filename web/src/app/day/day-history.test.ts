/** The times of closings on a day that another zone has followed: they are shown as they were on the wall. */
import { TestBed } from '@angular/core/testing';
import type { DayEventBody, MerchantBody } from '@fluxo/schemas';
import { expect, test } from 'vitest';
import { padaria } from '../entries/entries.fixture.ts';
import { signInMarina } from '../merchant-page.fixture.ts';
import { DayHistory } from './day-history.ts';

const merchant: MerchantBody = {
  ...padaria,
  calendar: [...padaria.calendar, { effectiveFrom: '2026-01-10', zone: 'America/Manaus', cutoffMinutes: 0 }],
};

/** At half past nine in the evening, in São Paulo and later in Manaus. */
const events = ['2026-01-06T00:30:00.000Z', '2026-01-11T01:30:00.000Z'].map(
  (recordedAt, index): DayEventBody => ({
    type: index === 0 ? 'DayClosed' : 'DayReopened',
    requestId: `${index}`,
    ledgerSeq: index,
    recordedAt,
    requestedBy: 'Olga',
    reason: null,
    accounts: [],
  }),
);

test('a closing and a reopening have each the time of the zone it was recorded in', async () => {
  await signInMarina('balances:read');
  const fixture = TestBed.createComponent(DayHistory);
  fixture.componentRef.setInput('merchant', merchant);
  fixture.componentRef.setInput('events', events);
  fixture.detectChanges();
  const times = [...(fixture.nativeElement as HTMLElement).querySelectorAll('time')];
  expect(times.map(({ textContent }) => textContent)).toEqual(['05/01/2026, 21:30', '10/01/2026, 21:30']);
});
