/** The time beside a line is the merchant's, and says which zone's it is where this device's clock shows another. */
import { TestBed } from '@angular/core/testing';
import { expect, test } from 'vitest';
import { padaria } from '../entries/entries.fixture.ts';
import { signInMarina } from '../merchant-page.fixture.ts';
import { LineStatus } from './line-status.ts';

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

async function timeIn(zone: string): Promise<string | undefined> {
  TestBed.resetTestingModule();
  await signInMarina('balances:read');
  const fixture = TestBed.createComponent(LineStatus);
  const inputs = {
    line: { name: 'broken', since: '2026-11-28T11:00:00.000Z' },
    merchant: { ...padaria, calendar: [{ effectiveFrom: '2020-01-01', zone, cutoffMinutes: 0 }] },
  };
  for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
  fixture.detectChanges();
  return (fixture.nativeElement as HTMLElement).querySelector('time')?.textContent;
}

test('in the zone of the merchant, named', async () => {
  expect(await timeIn('Asia/Kathmandu')).toBe('16:45:00 GMT+5:45');
});

test('in one zone with the merchant, unnamed', async () => {
  expect(await timeIn(here)).toMatch(/^\d\d:\d\d:\d\d$/);
});
