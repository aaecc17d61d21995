/**
 * Seven shops that sold a few things today, for tests of reading and of access on a whole stack. The simulator is none of that: what it sells,
 * and whether a day is closed, depends on the hour.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asBusinessDate } from '@fluxo/domain';
import { brokerAccess } from '@fluxo/kafka';
import { TillProducer } from '@fluxo/producers';
import { kafkaEnvironment, SIMULATED_MERCHANTS } from '@fluxo/stack';
import { fluxo } from './fluxo-command.ts';
import type { TestStack } from './stacks.ts';
import { zoneAtNoon } from './zone-at-noon.ts';

const SALES = 6;
const MINUTE_MS = 60_000;
/** 2020-01-01. */
const FIRST_DAY = asBusinessDate(18_262);

/** Configures `sim-0001` to `sim-0007` and sells in each; resolves when every view shows it. The demo people may see some of them. */
export async function openShops(stack: TestStack): Promise<void> {
  const spoolDirectory = await mkdtemp(join(tmpdir(), 'fluxo-shops-'));
  const { kafka, registry } = stack.addresses;
  const till = await TillProducer.connect({
    ...brokerAccess(kafka, kafkaEnvironment(stack.place, 'till')),
    registry,
    source: { system: 'shops' },
    spoolDirectory,
  });
  try {
    await Promise.all(SIMULATED_MERCHANTS.map((merchantId) => openShop(till, merchantId)));
    await till.flush();
  } finally {
    await till.close();
    await rm(spoolDirectory, { recursive: true, force: true });
  }
  await fluxo(['wait'], stack.env);
}

async function openShop(till: TillProducer, merchantId: string): Promise<void> {
  await till.configure({
    merchantId,
    name: `Loja ${merchantId}`,
    zone: zoneAtNoon(),
    cutoffMinutes: 0,
    effectiveFrom: FIRST_DAY,
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 30,
    accounts: [
      { accountId: 'drawer', name: 'Caixa', type: 'DRAWER', currency: 'BRL' },
      { accountId: 'bank', name: 'Banco', type: 'BANK', currency: 'BRL' },
    ],
  });
  for (let sale = 1; sale <= SALES; sale += 1)
    await till.entry({
      merchantId,
      accountId: 'bank',
      direction: 'CREDIT',
      kind: 'SALE',
      paymentMethod: 'PIX',
      amountMinor: 100 * sale,
      currency: 'BRL',
      occurredAt: Date.now() - sale * MINUTE_MS,
    });
}
