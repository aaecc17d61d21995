/**
 * A table whose sink stopped a while ago: its marks still say that nothing is missing. Stands on a server that answers as DynamoDB does for one
 * merchant; the layout as the sink writes it is the business of `test/integration/dynamodb-view.test.ts`.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { openLocalCodecs } from '@fluxo/kafka';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ReadingFloor } from '../reading-floor.ts';
import { aBalance, aMerchant } from '../view-fixtures.ts';
import { DynamodbView } from './dynamodb-view.ts';

const codecs = await openLocalCodecs();

type Attribute = { readonly S?: string; readonly N?: string; readonly B?: string; readonly BOOL?: boolean };
type Key = { readonly merchant: Attribute; readonly item: Attribute };
type Question = {
  readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly Key[] }>>;
  readonly Key?: Key;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Attribute>>;
};

let server: Server;
let view: DynamodbView | null;
/** What the positions of both topics say. */
let position: Readonly<Record<string, Attribute>>;

const BY_PROCESS = { writer: { S: 'a-process' } };
const BY_LAMBDA = { ...BY_PROCESS, began: { N: '1' } };

beforeEach(async () => {
  view = null;
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  view?.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('content-type', 'application/x-amz-json-1.0');
  response.end(JSON.stringify(answerTo(request, (await json(request)) as Question)));
}

function answerTo({ headers }: IncomingMessage, question: Question): object {
  const merchantId = (question.Key?.merchant ?? question.ExpressionAttributeValues?.[':merchant'])?.S;
  const body = (bytes: Uint8Array) => ({ body: { B: Buffer.from(bytes).toString('base64') } });
  if (headers['x-amz-target'] === 'DynamoDB_20120810.BatchGetItem') {
    const keys = Object.values(question.RequestItems ?? {}).flatMap(({ Keys }) => Keys);
    const marks = keys.filter(({ item }) => item.S === 'position');
    return { Responses: { 'fluxo-views': marks.map((key) => ({ ...key, ...position })) } };
  }
  if (merchantId !== 'm-1') return { Items: [] };
  if (question.Key !== undefined) return { Item: body(codecs.merchants.encode('Merchant', aMerchant())) };
  const document = body(codecs.dailyBalances.encode('DailyBalance', aBalance()));
  return { Items: [{ item: { S: '2026-03-01' }, ...document }] };
}

/** Of a process that began when both topics ended at 10. */
async function open(): Promise<DynamodbView> {
  const floor = await ReadingFloor.now({ stableOffset: async () => 10 }, 1);
  const { port } = server.address() as AddressInfo;
  view = new DynamodbView({ address: `http://127.0.0.1:${port}/fluxo-views`, partitions: 1, codecs, floor });
  return view;
}

test.each([
  { by: BY_PROCESS, next: 9, known: 'incomplete', unknown: 'incomplete' },
  { by: BY_PROCESS, next: 10, known: 'known', unknown: 'unknown' },
  { by: BY_LAMBDA, next: 9, known: 'known', unknown: 'incomplete' },
  { by: BY_LAMBDA, next: 10, known: 'known', unknown: 'incomplete' },
])('written up to $next by $by', async ({ by, next, known, unknown }) => {
  position = { ...by, next: { N: String(next) }, complete: { BOOL: true } };
  const opened = await open();
  expect((await opened.latest('m-1')).kind).toBe(known);
  expect((await opened.latest('m-new')).kind).toBe(unknown);
});

test('one that stands further back than it was seen is not believed any more', async () => {
  const at = (next: number) => ({ ...BY_PROCESS, next: { N: String(next) }, complete: { BOOL: true } });
  const opened = await open();
  const kinds: string[] = [];
  for (const next of [12, 11, 12]) {
    position = at(next);
    kinds.push((await opened.latest('m-1')).kind);
  }
  expect(kinds).toEqual(['known', 'incomplete', 'known']);
});
