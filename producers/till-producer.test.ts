import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRegistry } from '@fluxo/kafka';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type NewEntry, TillProducer } from './till-producer.ts';

let directory: string;
let till: TillProducer;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fluxo-till-'));
  till = await openTill();
});

afterEach(async () => {
  await till.close();
  await rm(directory, { recursive: true });
});

/** Without a cluster: the registry in memory knows no schema, so nothing is ever sent. */
function openTill(): Promise<TillProducer> {
  return TillProducer.connect({
    brokers: ['127.0.0.1:9'],
    registry: new LocalRegistry(),
    source: { system: 'till-test' },
    spoolDirectory: directory,
    nowMs: () => 1_795_000_000_000,
  });
}

const sale: NewEntry = {
  merchantId: 'loja-1',
  accountId: 'drawer-1',
  direction: 'CREDIT',
  kind: 'SALE',
  paymentMethod: 'PIX',
  amountMinor: 1_250,
  currency: 'BRL',
  occurredAt: 1_795_000_000_000,
};

test('accepts without any server, with a new id and the time of the call', async () => {
  const first = await till.entry(sale);
  const second = await till.entry(sale);
  expect(first).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    submittedAt: 1_795_000_000_000,
  });
  expect(second.id).not.toBe(first.id);
  expect(till.pending).toBe(2);
});

test('keeps what it accepted through a restart', async () => {
  await till.entry(sale);
  await till.configure({
    merchantId: 'loja-1',
    name: 'Loja 1',
    zone: 'America/Sao_Paulo',
    cutoffMinutes: 0,
    effectiveFrom: 20_000,
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 30,
    accounts: [{ accountId: 'drawer-1', name: 'Caixa', type: 'DRAWER', currency: 'BRL' }],
  });
  await till.close();
  till = await openTill();
  expect(till.pending).toBe(2);
});

test.each<[string, Partial<NewEntry>, RegExp]>([
  ['an id with a space', { merchantId: 'loja 1' }, /merchantId/],
  ['a fraction of a cent', { amountMinor: 12.5 }, /amountMinor/],
  ['an entry id that is no UUID', { entryId: '42' }, /entryId/],
  ['a time in seconds', { occurredAt: 1_795_000_000 }, /occurredAt/],
  ['half an emoji', { description: '\ud83d' }, /description/],
])('refuses %s at once and keeps nothing of it', async (_, change, field) => {
  await expect(till.entry({ ...sale, ...change })).rejects.toMatchObject({
    code: 'invalid-submission',
    message: expect.stringMatching(field),
  });
  expect(till.pending).toBe(0);
});

test('refuses a number that no Avro int holds', async () => {
  const configuration = {
    merchantId: 'loja-1',
    name: 'Loja 1',
    zone: 'UTC',
    cutoffMinutes: 2 ** 40,
    effectiveFrom: 20_000,
    lateEntries: 'REJECT',
    backdateLimitDays: 30,
    accounts: [],
  } as const;
  await expect(till.configure(configuration)).rejects.toMatchObject({ code: 'invalid-submission' });
});

test('after close nothing is accepted, and who waits for a flush is told', async () => {
  await till.entry(sale);
  const flushed = till.flush().then(
    () => 'flushed',
    (error: { code: string }) => error.code,
  );
  await till.close();
  expect(await flushed).toBe('closed');
  await expect(till.entry(sale)).rejects.toMatchObject({ code: 'closed' });
});
