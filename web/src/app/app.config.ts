/** What the page is made of: HTTP with the session's token, routes, and the words of the language chosen, loaded before anything is drawn. */
import { provideHttpClient, withInterceptors } from '@angular/common/http';
import {
  type ApplicationConfig,
  inject,
  isDevMode,
  provideAppInitializer,
  provideBrowserGlobalErrorListeners,
} from '@angular/core';
import {
  provideRouter,
  RouteReuseStrategy,
  TitleStrategy,
  withComponentInputBinding,
  withInMemoryScrolling,
} from '@angular/router';
import { provideTransloco, provideTranslocoMissingHandler } from '@jsverse/transloco';
import { csrfInterceptor } from './api/csrf.interceptor.ts';
import { traceInterceptor } from './api/trace.interceptor.ts';
import { Language, languages } from './i18n/language.ts';
import { MissingWords } from './i18n/missing-words.ts';
import { TranslationLoader } from './i18n/translation-loader.ts';
import { Theme } from './look/theme.ts';
import { routes } from './routes.ts';
import { PageTitle } from './shell/page-title.ts';
import { PerMerchant } from './shell/per-merchant.ts';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideHttpClient(withInterceptors([csrfInterceptor, traceInterceptor])),
    provideRouter(
      routes,
      withComponentInputBinding(),
      withInMemoryScrolling({ scrollPositionRestoration: 'enabled' }),
    ),
    { provide: TitleStrategy, useExisting: PageTitle },
    { provide: RouteReuseStrategy, useExisting: PerMerchant },
    provideTransloco({
      config: {
        availableLangs: [...languages],
        defaultLang: 'pt-BR',
        reRenderOnLangChange: true,
        prodMode: !isDevMode(),
      },
      loader: TranslationLoader,
    }),
    provideTranslocoMissingHandler(MissingWords),
    provideAppInitializer(() => {
      // Made here, so that the theme holds on every page from the first one on.
      inject(Theme);
      return inject(Language).load();
    }),
  ],
};
