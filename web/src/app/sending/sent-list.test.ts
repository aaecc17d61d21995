/** What became of what was sent, beside the form or the entry it is about. */
import { TestBed } from '@angular/core/testing';
import { beforeEach, expect, test } from 'vitest';
import { signInMarina } from '../merchant-page.fixture.ts';
import { keep } from './kept-commands.ts';
import { SentList } from './sent-list.ts';

const reversal = (id: string, about: string) => ({
  id,
  idempotencyKey: `key-${id}`,
  kind: 'reversal' as const,
  merchantId: 'padaria',
  method: 'POST' as const,
  path: `/entries/${about}/reversal`,
  body: { entryId: id },
  amountMinor: 100,
  currency: 'BRL',
  about,
  madeAt: `2026-11-27T12:00:0${id}.000Z`,
  state: { name: 'posted', ledgerSeq: 1, businessDate: '2026-11-27' } as const,
});

beforeEach(async () => {
  localStorage.clear();
  keep('marina', reversal('1', 'entry-1'));
  keep('marina', reversal('2', 'entry-2'));
  await signInMarina('entries:write');
});

function shown(inputs: object): readonly (string | null)[] {
  const fixture = TestBed.createComponent(SentList);
  for (const [name, value] of Object.entries({ merchantId: 'padaria', kinds: ['reversal'], ...inputs }))
    fixture.componentRef.setInput(name, value);
  TestBed.tick();
  fixture.detectChanges();
  const rows = (fixture.nativeElement as HTMLElement).querySelectorAll('[data-submission]');
  return [...rows].map((row) => row.getAttribute('data-submission'));
}

test('under an entry stands its own reversal, not those of others', () => {
  expect(shown({ about: 'entry-1' })).toEqual(['1']);
});

test('beside a form stands all of its kind, the latest first', () => {
  expect(shown({})).toEqual(['2', '1']);
});
