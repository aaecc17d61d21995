/** The name of the window: which page it is, in the language that is spoken. */
import { Component } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideRouter, Router, TitleStrategy } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { provideTransloco } from '@jsverse/transloco';
import { expect, test } from 'vitest';
import { Language } from '../i18n/language.ts';
import { TranslationLoader } from '../i18n/translation-loader.ts';
import { routes } from '../routes.ts';
import { PageTitle } from './page-title.ts';

@Component({ template: '' })
class Empty {}

test('says the page, and says it anew when the language changes', async () => {
  TestBed.configureTestingModule({
    providers: [
      provideRouter([
        { path: 'reports', title: 'pages.reports', component: Empty },
        { path: '**', component: Empty },
      ]),
      { provide: TitleStrategy, useExisting: PageTitle },
      provideTransloco({
        config: { availableLangs: ['en', 'pt-BR'], defaultLang: 'en' },
        loader: TranslationLoader,
      }),
    ],
  });
  const language = TestBed.inject(Language);
  await language.choose('en');
  await RouterTestingHarness.create('/reports');
  TestBed.tick();
  expect(document.title).toBe('Reports · Fluxo');
  await language.choose('pt-BR');
  TestBed.tick();
  expect(document.title).toBe('Relatórios · Fluxo');
  await TestBed.inject(Router).navigateByUrl('/');
  TestBed.tick();
  expect(document.title).toBe('Fluxo');
});

test('every page of a merchant has one', () => {
  const pages = routes[1]?.children?.find(({ path }) => path === 'm/:merchantId')?.children ?? [];
  const nameless = pages.filter(
    ({ loadComponent, title }) => loadComponent !== undefined && title === undefined,
  );
  expect([pages.length > 5, nameless]).toEqual([true, []]);
});
