import type { HttpTestingController } from '@angular/common/http/testing';
import type { ComponentFixture } from '@angular/core/testing';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { settle, showPage, signInMarina } from '../merchant-page.fixture.ts';
import type { Command } from '../sending/command.ts';
import { keep } from '../sending/kept-commands.ts';
import { EntryPage } from './entry-page.ts';

const account = (accountId: string, type: string) => ({ accountId, name: accountId, type, currency: 'BRL' });
const merchant = {
  merchantId: 'padaria',
  name: 'Padaria',
  calendar: [{ effectiveFrom: '2020-01-01', zone: 'America/Sao_Paulo', cutoffMinutes: 0 }],
  accounts: [account('drawer-1', 'DRAWER'), account('drawer-2', 'DRAWER'), account('safe', 'SAFE')],
};
const occurredAt = '2026-11-26T02:30:17.250Z';
const refused = (command: Pick<Command, 'kind' | 'about' | 'path' | 'body'>): Command => ({
  ...command,
  id: 'x',
  idempotencyKey: 'key-x',
  merchantId: 'padaria',
  method: 'POST',
  amountMinor: 5_000,
  currency: 'BRL',
  madeAt: occurredAt,
  state: { name: 'refused', code: 'day-closed', detail: null },
});
const shared = { entryId: 'x', amountMinor: 5_000, currency: 'BRL', occurredAt };
const transfer = refused({
  kind: 'transfer',
  about: 'SANGRIA',
  path: '/transfers',
  body: { ...shared, fromAccountId: 'drawer-2', toAccountId: 'drawer-1', purpose: 'SANGRIA' },
});
const entry = refused({
  kind: 'entry',
  about: 'CASH_OUT',
  path: '/entries',
  body: { ...shared, accountId: 'safe', direction: 'DEBIT', kind: 'CASH_OUT', paymentMethod: 'CASH' },
});

// The first page that is drawn takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let http: HttpTestingController;
let fixture: ComponentFixture<EntryPage>;

/** The page as it is opened on a device that keeps this command. */
async function open(command: Command): Promise<void> {
  keep('marina', command);
  http = await signInMarina('entries:write');
  await show();
}

/** Again, as after a reload of the window. */
async function show(shop: { readonly merchantId: string } = merchant): Promise<void> {
  fixture = await showPage(EntryPage, shop);
}

const page = (): HTMLElement => fixture.nativeElement as HTMLElement;
const field = (name: string) => page().querySelector(`input[name=${name}]`) as HTMLInputElement;

async function press(text: string): Promise<void> {
  const button = [...page().querySelectorAll('button')].find(({ textContent }) => textContent === text);
  if (button === undefined) throw new Error(`no button says ${text}`);
  button.click();
  await settle(fixture);
}

function write(name: string, value: string): void {
  field(name).value = value;
  field(name).dispatchEvent(new Event('input'));
}

async function sent(path: string): Promise<object> {
  write('amount', '42.00');
  page().querySelector('form')?.dispatchEvent(new Event('submit'));
  await settle(fixture);
  return http.expectOne(`/api/merchants/padaria${path}`).request.body as object;
}

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

describe('what was refused comes back into the form', () => {
  test('a transfer with the accounts it was written with, usual or not', async () => {
    await open(transfer);
    await press('Correct it');
    expect(await sent('/transfers')).toMatchObject({
      purpose: 'SANGRIA',
      fromAccountId: 'drawer-2',
      toAccountId: 'drawer-1',
    });
  });

  test('with its time, shown on the merchant’s wall and sent to the millisecond', async () => {
    await open(entry);
    await press('Correct it');
    expect(field('when').value).toBe('2026-11-25T23:30');
    expect(await sent('/entries')).toMatchObject({ entryId: 'x', accountId: 'safe', occurredAt });
    expect(field('when').value).toBe('');
  });

  test('with its time after a reload, too', async () => {
    await open(entry);
    await press('Correct it');
    await show();
    expect(await sent('/entries')).toMatchObject({ entryId: 'x', occurredAt });
  });

  test('a time that is changed then is the one that is sent', async () => {
    await open(entry);
    await press('Correct it');
    write('when', '2026-11-25T22:15');
    expect(await sent('/entries')).toMatchObject({ occurredAt: '2026-11-26T01:15:00.000Z' });
  });

  test('under another id, where its own is taken', async () => {
    await open({ ...entry, state: { name: 'refused', code: 'duplicate-mismatch', detail: null } });
    await press('Correct it');
    expect(await sent('/entries')).toMatchObject({
      accountId: 'safe',
      entryId: expect.not.stringMatching(/^x$/),
    });
  });
});

describe('a shop that has moved to another zone', () => {
  const moved = {
    ...merchant,
    calendar: [
      ...merchant.calendar,
      { effectiveFrom: '2026-01-10', zone: 'America/Manaus', cutoffMinutes: 0 },
    ],
  };
  const hint = () => page().querySelector('input[name=when]')?.closest('mat-form-field')?.textContent;

  beforeEach(async () => {
    http = await signInMarina('entries:write');
  });

  test.each([
    ['2026-01-05T21:30', 'America/Sao_Paulo', '2026-01-06T00:30:00.000Z'],
    ['2026-01-10T21:30', 'America/Manaus', '2026-01-11T01:30:00.000Z'],
  ])('reads %s in %s, and says so', async (when, zone, instant) => {
    await show(moved);
    write('when', when);
    await settle(fixture);
    expect(hint()).toContain(`Time of ${zone}`);
    expect(await sent('/entries')).toMatchObject({ occurredAt: instant });
  });

  test('shows what is corrected as it was on the wall', async () => {
    const body = { ...entry.body, occurredAt: '2026-01-06T00:30:00.000Z' };
    keep('marina', { ...entry, body });
    await show(moved);
    await press('Correct it');
    expect(field('when').value).toBe('2026-01-05T21:30');
  });
});
