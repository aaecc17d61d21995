import { TestBed } from '@angular/core/testing';
import { provideTransloco } from '@jsverse/transloco';
import { expect, test, vi } from 'vitest';
import { Language } from '../i18n/language.ts';
import { TranslationLoader } from '../i18n/translation-loader.ts';
import { Refusal } from './refusal.ts';

// The first component that is drawn takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** What a person reads of a refusal with this code. */
async function wordsOf(code: string): Promise<string> {
  TestBed.resetTestingModule();
  const config = { availableLangs: ['en'], defaultLang: 'en' };
  TestBed.configureTestingModule({ providers: [provideTransloco({ config, loader: TranslationLoader })] });
  await TestBed.inject(Language).choose('en');
  const fixture = TestBed.createComponent(Refusal);
  fixture.componentRef.setInput('code', code);
  fixture.componentRef.setInput('detail', 'in the words of the API');
  await fixture.whenStable();
  return (fixture.nativeElement as HTMLElement).textContent;
}

test('a refusal of the page’s back end is told in words, and one without words by its code', async () => {
  expect(await wordsOf('name-foreign')).toContain('in another person’s name');
  expect(await wordsOf('csrf-token-invalid')).toContain('The session has changed');
  expect(await wordsOf('never-heard-of')).toContain('never-heard-of: in the words of the API');
});
