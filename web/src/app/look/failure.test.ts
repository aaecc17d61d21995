/** A page that could not be had without a line is asked for when the line is back; what was refused is not. */
import { HttpErrorResponse } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { expect, test } from 'vitest';
import { signInMarina } from '../merchant-page.fixture.ts';
import { Failure } from './failure.ts';

test.each([
  [0, 1],
  [403, 0],
])('after status %d it asks %d times', async (status, times) => {
  await signInMarina('balances:read');
  const fixture = TestBed.createComponent(Failure);
  fixture.componentRef.setInput('error', new HttpErrorResponse({ status }));
  let asked = 0;
  fixture.componentInstance.again.subscribe(() => {
    asked += 1;
  });
  fixture.detectChanges();
  window.dispatchEvent(new Event('online'));
  expect(asked).toBe(times);
});
