/** Brings the words of a language: modules of the page itself, so that their file names change with their content. */
import { Service } from '@angular/core';
import type { Translation, TranslocoLoader } from '@jsverse/transloco';

@Service()
export class TranslationLoader implements TranslocoLoader {
  async getTranslation(language: string): Promise<Translation> {
    if (language === 'en') return (await import('./en.ts')).en;
    return language === 'pt-PT' ? (await import('./pt-pt.ts')).ptPt : (await import('./pt-br.ts')).ptBr;
  }
}
