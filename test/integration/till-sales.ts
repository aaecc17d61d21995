/** Sales of a few tills, numbered in `externalId`, for tests that look for each of them. */
import type { NewEntry } from '@fluxo/producers';

const MERCHANTS = ['loja-1', 'loja-2', 'loja-3'];

export function saleAt(n: number): NewEntry {
  return {
    merchantId: MERCHANTS[n % MERCHANTS.length] as string,
    accountId: 'drawer-1',
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'CASH',
    amountMinor: 100 + n,
    currency: 'BRL',
    occurredAt: 1_795_000_000_000 + n,
    externalId: `sale-${n}`,
  };
}
