import { describe, expect, jest, test } from '@jest/globals';
import { logOf, MemorySystem } from '../testing/audited-system.ts';
import { differencesOf, expectRed, uuid } from '../testing/planted-bug.ts';
import { type GeneratedSubmission, generateSubmissions } from '../testing/submission-generator.ts';

/** Whole histories are judged, also on a machine with other things to do. */
jest.setTimeout(60_000);

describe('DST', () => {
  const END_MS = Date.UTC(2026, 10, 3);
  const configured = generateSubmissions({ seed: 1, count: 0, merchants: 1, days: 30 }).next().value;

  function newYork(zone: string): GeneratedSubmission[] {
    const first = configured as GeneratedSubmission & { readonly type: 'MerchantConfigured' };
    const configuration = {
      ...first,
      recordedAt: Date.UTC(2026, 9, 20),
      value: { ...first.value, zone, submittedAt: Date.UTC(2026, 9, 20), backdateLimitDays: 30 },
    };
    const sale = (number: number, occurredAt: number): GeneratedSubmission => ({
      type: 'EntrySubmitted',
      recordedAt: END_MS + number,
      value: {
        merchantId: first.value.merchantId,
        submittedAt: END_MS,
        source: first.value.source,
        entryId: uuid(number),
        accountId: 'bank',
        direction: 'CREDIT',
        kind: 'SALE',
        paymentMethod: 'PIX',
        amountMinor: 100,
        currency: 'BRL',
        occurredAt,
        description: null,
        externalId: null,
      },
    });
    // Half past eleven in the evening, before and after the clocks went back on 1 November 2026.
    return [configuration, sale(1, Date.UTC(2026, 9, 31, 3, 30)), sale(2, Date.UTC(2026, 10, 2, 4, 30))];
  }

  async function processed(zone: string): Promise<MemorySystem> {
    const right = logOf(newYork('America/New_York'));
    const system = await MemorySystem.of(right, logOf(newYork(zone)));
    system.rewrite('ledger', 'MerchantConfigApplied', (value) => ({ ...value, zone: 'America/New_York' }));
    system.rewrite('merchants', 'Merchant', (value) => ({
      ...value,
      calendar: value.calendar.map((version) => ({ ...version, zone: 'America/New_York' })),
    }));
    system.rewrite('dailyBalances', 'DailyBalance', (value) => ({ ...value, zone: 'America/New_York' }));
    system.reseal();
    system.catchUp();
    return system;
  }

  test('off by one hour', async () => {
    expect(await differencesOf(await processed('America/New_York'))).toEqual([]);
    await expectRed(await processed('Etc/GMT+4'), { where: 'cash.ledger.v1', field: 'businessDate' });
  });
});
