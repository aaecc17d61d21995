/** Which Portuguese: that of Portugal has its own words, figures and dates, and takes those that are the same from Brazil's. */
import { TestBed } from '@angular/core/testing';
import { provideTransloco, provideTranslocoMissingHandler, TranslocoService } from '@jsverse/transloco';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { moneyText } from '../money/minor-units.ts';
import { Language } from './language.ts';
import { MissingWords } from './missing-words.ts';
import { ptPt } from './pt-pt.ts';
import { TranslationLoader } from './translation-loader.ts';

beforeEach(() => {
  localStorage.clear();
  const config = { availableLangs: ['en'], defaultLang: 'en' };
  TestBed.configureTestingModule({ providers: [provideTransloco({ config, loader: TranslationLoader })] });
});
afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  ['pt-BR', 'pt-BR'],
  ['pt', 'pt-BR'],
  ['pt-PT', 'pt-PT'],
  ['pt-AO', 'pt-PT'],
  ['de', 'en'],
])('a browser that speaks %s is spoken to in %s', (browser, language) => {
  vi.spyOn(navigator, 'language', 'get').mockReturnValue(browser);
  expect(TestBed.inject(Language).name()).toBe(language);
});

test('figures and dates are as Portugal writes them, and the choice is kept', async () => {
  const language = TestBed.inject(Language);
  await language.choose('pt-PT');
  expect(moneyText(123_456_789, 'EUR', { locale: language.locale() })).toBe('1\u00A0234\u00A0567,89\u00A0€');
  expect(language.date('2026-11-27', { dateStyle: 'medium' })).toBe('27/11/2026');
  expect([document.documentElement.lang, localStorage.getItem('fluxo.language')]).toEqual(['pt-PT', 'pt-PT']);
});

test('what is newer in the ledger than the page is shown as the ledger calls it', () => {
  TestBed.configureTestingModule({ providers: [provideTranslocoMissingHandler(MissingWords)] });
  const transloco = TestBed.inject(TranslocoService);
  expect(transloco.translate('kind.TIP')).toBe('TIP');
  expect(transloco.translate('failure.unheard.title')).toBe('failure.unheard.title');
});

test('none of its words is Brazil’s alone', () => {
  const brazilian =
    /você|conexão|conect|registr|aparelho|baixar|digite|fechamento|\bsaque|suprimento|salv[ae]|bilhões|(?<!fuso )horário|\b(?!comando|fundo|quando)\w+ndo\b|(?<![aà] )\bsua |forma de pagamento/i;
  const texts = (words: object): readonly string[] =>
    Object.values(words).flatMap((word: string | object) =>
      typeof word === 'string' ? [word] : texts(word),
    );
  expect(texts(ptPt).filter((text) => brazilian.test(text))).toEqual([]);
});
