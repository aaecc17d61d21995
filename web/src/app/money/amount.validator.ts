/** Whether a field holds an amount, as `parseAmount` reads it; its error is the key of the words to show. */
import type { AbstractControl, ValidationErrors, ValidatorFn } from '@angular/forms';
import { parseAmount } from './minor-units.ts';

export type AmountRules = {
  readonly currency: string;
  readonly locale: string;
  /** Greatest, minor units. */
  readonly max: number;
  /** Nothing typed is no error, and zero is an amount. */
  readonly isOptional?: boolean;
};

/** The rules are asked for every time: currency and language change while the form is open. */
export function amountValidator(rules: () => AmountRules): ValidatorFn {
  return (control: AbstractControl<string>): ValidationErrors | null => {
    const { currency, locale, max, isOptional = false } = rules();
    const parsed = parseAmount(control.value, currency, locale);
    if (parsed.kind === 'none') return isOptional ? null : { amount: 'required' };
    if (parsed.kind === 'wrong') return { amount: parsed.why };
    if (parsed.minor > max) return { amount: 'range' };
    return parsed.minor === 0 && !isOptional ? { amount: 'zero' } : null;
  };
}
