/** What is known of a merchant while answers come late: the latest question counts, and nothing is shown of another merchant. */
import { HttpClient } from '@angular/common/http';
import type { HttpTestingController } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { beforeEach, expect, test } from 'vitest';
import { signInMarina } from '../merchant-page.fixture.ts';
import { MerchantSource } from './merchant-source.ts';

let http: HttpTestingController;
let source: MerchantSource;

beforeEach(async () => {
  localStorage.clear();
  http = await signInMarina('days:close');
  source = TestBed.runInInjectionContext(() => new MerchantSource(TestBed.inject(HttpClient)));
});

const asked = (merchantId: string) => http.match(`/api/day/${merchantId}/today`);
const answerOf = (merchantId: string, closedThrough: string | null) => ({
  merchant: { merchantId, closedThrough },
  today: '2026-11-28',
});
const answered = () => new Promise((resolve) => setTimeout(resolve));

test('an answer from before a closing does not take it back, nor does its failure say anything', async () => {
  source.open('padaria');
  void source.reload();
  void source.reload();
  const [failing, old, latest] = asked('padaria');
  latest?.flush(answerOf('padaria', '2026-11-28'));
  old?.flush(answerOf('padaria', null));
  failing?.flush(null, { status: 503, statusText: 'away' });
  await answered();
  expect(source.merchant()?.closedThrough).toBe('2026-11-28');
  expect(source.error()).toBeNull();
});

test('the page of one merchant is not that of the next while its answer is still to come', async () => {
  source.open('padaria');
  asked('padaria')[0]?.flush(answerOf('padaria', '2026-11-27'));
  await answered();
  source.open('auckland');
  expect([source.page(), source.merchant()]).toEqual([null, null]);
  asked('auckland')[0]?.flush(null, { status: 404, statusText: 'absent' });
  await answered();
  source.open('padaria');
  expect(source.error()).toBeNull();
});
