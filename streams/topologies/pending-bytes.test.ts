/**
 * What a transaction would publish at its end is known while it is open, about: by that it is ended in time. Sales of half a year, imported in
 * any order, each make or move documents that nobody has published yet.
 */
import { openLocalCodecs } from '@fluxo/kafka';
import type { AvroRecords } from '@fluxo/schemas';
import { beforeAll, expect, test } from '@jest/globals';
import { Outbox } from '../engine/outbox.ts';
import type { LogRecord } from '../engine/ports.ts';
import type { Topology } from '../engine/topology.ts';
import { dailyBalanceTopology } from './daily-balance.topology.ts';
import type { PartitionState } from './partition-state.ts';
import type { DailyBalanceCodecs } from './record-codec.ts';

const NOW = Date.UTC(2026, 10, 1, 15);
const DAY_MS = 86_400_000;
const DAYS = 180;

let codecs: DailyBalanceCodecs;
let topology: Topology<PartitionState>;

beforeAll(async () => {
  codecs = await openLocalCodecs();
  topology = dailyBalanceTopology({ codecs, partitions: 1 });
});

const common = {
  merchantId: 'loja-1',
  submittedAt: NOW,
  source: { system: 'import', deviceId: null, sequence: null },
};
const accounts = Array.from({ length: 16 }, (_, n) => `caixa-${n}`);

function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

function record<Name extends 'EntrySubmitted' | 'MerchantConfigured'>(
  type: Name,
  value: AvroRecords[Name],
): LogRecord {
  const key = Buffer.from(value.merchantId);
  return { offset: 0, timestampMs: NOW, key, value: codecs.submissions.encode(type, value) };
}

function configuration(): LogRecord {
  return record('MerchantConfigured', {
    ...common,
    configId: uuid(0),
    name: 'Loja 1',
    zone: 'UTC',
    cutoffMinutes: 0,
    effectiveFrom: 18_000,
    lateEntries: 'REJECT',
    backdateLimitDays: 400,
    accounts: accounts.map((accountId) => ({ accountId, name: accountId, type: 'DRAWER', currency: 'BRL' })),
  });
}

function sale(n: number, accountId: string, daysAgo: number): LogRecord {
  return record('EntrySubmitted', {
    ...common,
    entryId: uuid(n),
    accountId,
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'CASH',
    amountMinor: 12_345,
    currency: 'BRL',
    occurredAt: NOW - daysAgo * DAY_MS,
    description: null,
    externalId: null,
  });
}

const ascending = Array.from({ length: DAYS }, (_, n) => DAYS - n);

test.each([
  ['day by day', ascending],
  ['from the end to the beginning', ascending.toReversed()],
  ['in no order', ascending.toSorted((a, b) => ((a * 77) % 181) - ((b * 77) % 181))],
  ['twice', [...ascending, ...ascending]],
])('of sales imported %s', (_, days) => {
  const state = topology.createState(0);
  const outbox = new Outbox();
  const out = outbox.into(0);
  // What every later document carries on.
  const opening = accounts.map((accountId, n) => sale(n + 1, accountId, DAYS + 1));
  for (const each of [configuration(), ...opening]) topology.process(state, each, out);
  topology.flush(state, out);
  state.commit();
  for (const [index, daysAgo] of days.entries())
    topology.process(state, sale(100 + index, 'caixa-0', daysAgo), out);
  const announced = state.pendingBytes;
  const before = outbox.bytes;
  topology.flush(state, out);
  const published = outbox.bytes - before;
  expect(announced).toBeGreaterThan(published / 2);
  expect(announced).toBeLessThan(published * 2);
});
