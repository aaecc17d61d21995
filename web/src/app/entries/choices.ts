/** What a person may enter: the kinds and payment methods of spec.md 2.1, in the order in which a shop uses them; and what an entry is called. */
import type { EntryBody } from '@fluxo/schemas';

export const kinds = [
  'SALE',
  'REFUND',
  'CASH_IN',
  'CASH_OUT',
  'FEE',
  'ADJUSTMENT',
  'OPENING',
  'OTHER',
] as const;

export const methods = [
  'CASH',
  'PIX',
  'DEBIT_CARD',
  'CREDIT_CARD',
  'BOLETO',
  'VOUCHER',
  'CHECK',
  'BANK_TRANSFER',
  'OTHER',
] as const;

/** The key of the word for an entry: a transfer is called by its purpose, as people do (sangria, suprimento). */
export function wordOf({ kind, purpose }: EntryBody): string {
  return kind === 'TRANSFER' && purpose !== null ? `purpose.${purpose}` : `kind.${kind}`;
}
