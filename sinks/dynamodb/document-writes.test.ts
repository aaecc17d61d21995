/**
 * In which order documents reach the table: readers take the last day they find for a sign that those before it are there. Stands on a server that
 * answers as DynamoDB does, the sooner the later the day.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDate } from '@fluxo/schemas';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { SinkBatch } from '../engine/sink.ts';
import type { StoredDocument } from './document-writes.ts';
import { DynamodbStore } from './dynamodb-store.ts';

type Put = { readonly Item?: Readonly<Record<string, { readonly S?: string }>> };

const DAYS = ['2026-03-01', '2026-03-02', '2026-03-03'];

let server: Server;
let store: DynamodbStore;
/** Days as they were stored. */
let stored: string[];

beforeEach(async () => {
  stored = [];
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  store = new DynamodbStore(`http://127.0.0.1:${(server.address() as AddressInfo).port}/fluxo-views`);
});
afterEach(async () => {
  store.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { Item } = (await json(request)) as Put;
  const place = DAYS.indexOf(Item?.['item']?.S ?? '');
  if (place >= 0) {
    await sleep(40 * (DAYS.length - place));
    stored.push(`${Item?.['merchant']?.S} ${DAYS[place]}`);
  }
  response.setHeader('content-type', 'application/x-amz-json-1.0');
  response.end('{}');
}

function document(merchantId: string, day: string): StoredDocument {
  return { merchantId, businessDate: parseDate(day), revision: 7, body: Buffer.from('a document') };
}

/** As an entry on the first day leaves them, after one on the last. */
const documents = [
  document('m-1', '2026-03-03'),
  document('m-2', '2026-03-03'),
  document('m-1', '2026-03-01'),
  document('m-1', '2026-03-02'),
];

const batch: Omit<SinkBatch, 'isComplete'> = { partition: 0, fromOffset: 0, records: [], nextOffset: 4 };

test('the days of a merchant are written one after the other, by date; others go on beside them', async () => {
  expect(await store.write('topic', [{ ...batch, isComplete: true }], documents)).toBe(4);
  expect(stored.filter((each) => each.startsWith('m-1'))).toEqual(DAYS.map((day) => `m-1 ${day}`));
  expect(stored.at(-1)).toBe('m-1 2026-03-03');
});

test('so they are for who is handed batches and does not know whether readers believe the table', async () => {
  await store.follow('topic', { partition: 0, nextOffset: 4, lastTimestampMs: 0 }, documents);
  expect(stored.filter((each) => each.startsWith('m-1'))).toEqual(DAYS.map((day) => `m-1 ${day}`));
});

test('while the table is not believed they go out side by side', async () => {
  await store.write('topic', [{ ...batch, isComplete: false }], documents);
  expect(stored.filter((each) => each.startsWith('m-1'))).not.toEqual(DAYS.map((day) => `m-1 ${day}`));
});
