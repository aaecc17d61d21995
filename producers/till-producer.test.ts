import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalRegistry, type RegistryPort, registerSchemas } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { StubBrokers } from '../testing/stub-brokers.ts';
import { type NewEntry, TillProducer } from './till-producer.ts';

type Read = (bytes: Buffer, start: number, length: number, position: number) => Promise<unknown>;

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

describe('with brokers', () => {
  let brokers: StubBrokers;
  let registry: LocalRegistry;
  const troubles: string[] = [];

  beforeEach(async () => {
    await till.close();
    brokers = await StubBrokers.start(1, new Map([[0, 1]]));
    registry = new LocalRegistry();
    await registerSchemas(registry, [topics.submissions]);
    troubles.length = 0;
  });

  afterEach(async () => {
    await till.close();
    await brokers.close();
  });

  async function connect(port: RegistryPort = registry): Promise<void> {
    till = await TillProducer.connect({
      brokers: brokers.addresses,
      registry: port,
      source: { system: 'till-test' },
      spoolDirectory: directory,
      onTrouble: (error) => troubles.push((error as Error).message),
    });
  }

  test('what is sent and cannot be noted, as on a full disk, keeps nothing behind it from being sent', async () => {
    await mkdir(join(directory, 'acknowledged.new'));
    await connect();
    const description = 'x'.repeat(500);
    await Promise.all(Array.from({ length: 600 }, () => till.entry({ ...sale, description })));
    await till.flush();
    expect(brokers.logOf(0)).toHaveLength(600);
    expect([till.pending, new Set(troubles)]).toEqual([0, new Set([expect.stringContaining('EISDIR')])]);
  });

  test('a disk that fails for a moment, and reads half a record before, is read again: all of it is sent', async () => {
    const handle = await open(directory);
    const handles = Object.getPrototypeOf(handle) as { read: Read };
    await handle.close();
    const { read } = handles;
    const half: Read = function (this: unknown, bytes, start, length, position) {
      return read.call(this, bytes, start, Math.floor(length / 2), position);
    };
    const failed: Read = () => Promise.reject(new Error('EIO: i/o error, read'));
    await connect();
    const spied = jest.spyOn(handles, 'read');
    spied.mockImplementationOnce(half).mockImplementationOnce(failed).mockImplementationOnce(failed);
    await till.entry(sale);
    await till.flush();
    await till.entry(sale);
    await till.flush();
    spied.mockRestore();
    expect(brokers.logOf(0)).toHaveLength(2);
    expect(troubles).toEqual(['EIO: i/o error, read', 'EIO: i/o error, read']);
  });

  test('whoever closes it as well, as at a signal, waits until it is closed: the spool is free then', async () => {
    const asked = Promise.withResolvers<void>();
    const schemasUnder = () => {
      asked.resolve();
      return new Promise<never>(() => {});
    };
    await connect(Object.assign(Object.create(registry) as RegistryPort, { schemasUnder }));
    await till.entry(sale);
    await asked.promise;
    await Promise.race([till.close(), till.close()]);
    await connect();
    await till.flush();
    expect(brokers.logOf(0)).toHaveLength(1);
  });

  test('a connection that comes about after the till was closed is given back', async () => {
    const [asked, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const schemasUnder = async (subject: string) => {
      asked.resolve();
      await late.promise;
      return registry.schemasUnder(subject);
    };
    await connect(Object.assign(Object.create(registry) as RegistryPort, { schemasUnder }));
    await till.entry(sale);
    await asked.promise;
    await till.close();
    late.resolve();
    await sleep(1_000);
    expect(brokers.connections).toBe(0);
  }, 30_000);
});
