/** What a person may enter: the kinds and payment methods of spec.md 2.1, in the order in which a shop uses them. */
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
