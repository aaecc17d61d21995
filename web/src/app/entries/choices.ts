/** What a person may enter: the kinds and payment methods of spec.md 2.1, in the order in which a shop uses them; and what an entry is called. */
import type { EntryBody, MerchantBody } from '@fluxo/schemas';

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

const methods = [
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

/** Ways to pay that only Brazil has. */
const brazilian: ReadonlySet<string> = new Set(['PIX', 'BOLETO']);

/** What is offered to a merchant: where nothing is kept in reais nobody pays as only Brazil does. Elsewhere a country's own ways are OTHER. */
export function methodsOf({ accounts }: Pick<MerchantBody, 'accounts'>): readonly string[] {
  const hasReais = accounts.some(({ currency }) => currency === 'BRL');
  return methods.filter((method) => hasReais || !brazilian.has(method));
}

/** The key of the word for an entry: a transfer is called by its purpose, as people do (sangria, suprimento). */
export function wordOf({ kind, purpose }: EntryBody): string {
  return kind === 'TRANSFER' && purpose !== null ? `purpose.${purpose}` : `kind.${kind}`;
}
