/** Pages of one merchant as somebody opens them who is signed in, over a back end that the test answers for. */
import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import type { Type } from '@angular/core';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { provideTransloco } from '@jsverse/transloco';
import { Session } from './api/session.ts';
import { Language } from './i18n/language.ts';
import { TranslationLoader } from './i18n/translation-loader.ts';

/** Marina, who reads English and may do these; what she asks the back end comes to the controller. */
export async function signInMarina(...scopes: readonly string[]): Promise<HttpTestingController> {
  TestBed.configureTestingModule({
    providers: [
      provideHttpClient(),
      provideHttpClientTesting(),
      provideRouter([]),
      provideTransloco({
        config: { availableLangs: ['en'], defaultLang: 'en' },
        loader: TranslationLoader,
      }),
    ],
  });
  const http = TestBed.inject(HttpTestingController);
  await TestBed.inject(Language).choose('en');
  const loaded = TestBed.inject(Session).load();
  const person = { id: 'marina', name: 'Marina' };
  http.expectOne('/api/session').flush({ person, scopes, merchants: [] });
  await loaded;
  return http;
}

/** The page of this merchant, on 27 November 2026. Again, it is the page after a reload of the window. */
export async function showPage<Page>(
  page: Type<Page>,
  merchant: { readonly merchantId: string },
): Promise<ComponentFixture<Page>> {
  const fixture = TestBed.createComponent(page);
  fixture.componentRef.setInput('merchantId', merchant.merchantId);
  fixture.detectChanges();
  TestBed.inject(HttpTestingController)
    .expectOne(`/api/day/${merchant.merchantId}/today`)
    .flush({ merchant, today: '2026-11-27' });
  await settle(fixture);
  return fixture;
}

/** Until nothing is under way but what waits for an answer. */
export async function settle(fixture: ComponentFixture<unknown>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  await fixture.whenStable();
}
