/** What the tests of the operator's tool submit: one shop, its configuration and its sales, each by what makes it differ. */
import { randomUUID } from 'node:crypto';

export const MERCHANT = 'operated-shop';
const SOURCE = { system: 'test', deviceId: null, sequence: null };

export function configuration(accountIds: readonly string[]) {
  const value = {
    merchantId: MERCHANT,
    submittedAt: Date.now(),
    source: SOURCE,
    configId: randomUUID(),
    name: 'Loja',
    zone: 'America/Sao_Paulo',
    cutoffMinutes: 0,
    effectiveFrom: '2020-01-01',
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 10,
    accounts: accountIds.map((accountId) => ({
      accountId,
      name: accountId,
      type: 'DRAWER',
      currency: 'BRL',
    })),
  };
  return { key: MERCHANT, type: 'MerchantConfigured', value };
}

export function sale(accountId: string, entryId: string) {
  const nowMs = Date.now();
  const value = {
    merchantId: MERCHANT,
    submittedAt: nowMs,
    source: SOURCE,
    entryId,
    accountId,
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'CASH',
    amountMinor: 1_250,
    currency: 'BRL',
    occurredAt: nowMs,
    description: null,
    externalId: null,
  };
  return { key: MERCHANT, type: 'EntrySubmitted', value };
}
