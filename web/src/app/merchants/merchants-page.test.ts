/** Who has hundreds of shops finds one by what it is called, or by its id. */
import type { HttpTestingController } from '@angular/common/http/testing';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { beforeEach, expect, test, vi } from 'vitest';
import { Session } from '../api/session.ts';
import { settle, signInMarina } from '../merchant-page.fixture.ts';
import { MerchantsPage } from './merchants-page.ts';

// The first page that is drawn takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let http: HttpTestingController;
let fixture: ComponentFixture<MerchantsPage>;

const page = () => fixture.nativeElement as HTMLElement;
const search = () => page().querySelector<HTMLInputElement>('input[type=search]');
const found = () => [...page().querySelectorAll('.list strong')].map(({ textContent }) => textContent);

async function open(names: readonly (string | null)[]): Promise<void> {
  const loaded = TestBed.inject(Session).load();
  const merchants = names.map((name, index) => ({ merchantId: `shop-${index}`, name }));
  const person = { id: 'marina', name: 'Marina' };
  http.expectOne('/api/session').flush({ person, scopes: [], merchants });
  await loaded;
  fixture = TestBed.createComponent(MerchantsPage);
  await settle(fixture);
}

async function write(text: string): Promise<void> {
  const field = search();
  if (field === null) throw new Error('there is nothing to search in');
  field.value = text;
  field.dispatchEvent(new Event('input'));
  await settle(fixture);
}

beforeEach(async () => {
  http = await signInMarina('balances:read');
});

test('a shop of very many is found by a part of its name, accents or not, and by its id', async () => {
  await open(['Padaria São João', 'Empório Lua', ...Array.from({ length: 298 }, () => null)]);
  expect(found()).toHaveLength(300);
  await write('sao jo');
  expect(found()).toEqual(['Padaria São João']);
  await write('LUA');
  expect(found()).toEqual(['Empório Lua']);
  await write('shop-29');
  expect(found()).toHaveLength(11);
  await write('nowhere');
  expect(page().textContent).toContain('No merchant');
});

test('where a few are seen at once nothing is searched', async () => {
  await open(['Padaria', 'Empório']);
  expect(search()).toBeNull();
});
