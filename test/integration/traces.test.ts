/**
 * One entry of the page followed by its trace on a whole stack: from the request that a browser sends to the first answer that shows it, through Postgres,
 * Kafka, the processor and every view, each process of its own sending what it did to a collector. And what must not be in it: tokens, amounts, words of
 * people, merchants in addresses.
 */
import type { DayPageBody } from '@fluxo/schemas';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { OtlpReceiver, type ReceivedSpan } from '../../testing/otlp-receiver.ts';
import { anEntry, BffScene } from './bff-scene.ts';

jest.setTimeout(600_000);

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CLICK = 'b7ad6b7169203331';
/** As the page sends it: it records nothing itself. */
const TRACEPARENT = `00-${TRACE}-${CLICK}-00`;

const AMOUNT = 7_654_321;
const WORDS = 'said by a person';

let collector: OtlpReceiver;
let scene: BffScene;
beforeAll(async () => {
  collector = await OtlpReceiver.open();
  scene = await BffScene.open({ env: collector.env });
});
afterAll(async () => {
  await scene?.close();
  collector?.close();
});

const named = ({ service, name }: ReceivedSpan): string => `${service}: ${name}`;

/** What every entry of the page leaves in its trace, the sinks of each topic it changes included. */
const WAY = [
  'bff: POST /api/merchants/:merchantId/entries',
  'entries-api: POST /v1/merchants/:merchantId/entries',
  'outbox-relay: send cash.submissions.v1',
  'streams: process cash.submissions.v1',
  'sink-postgres: process cash.ledger.v1',
  'sink-postgres: process cash.daily-balances.v1',
  'sink-redis: process cash.daily-balances.v1',
  'query-api: process cash.daily-balances.v1',
  'query-api: first read of a balance',
];

/** The spans of the trace by what they are, once the last of them has come. */
async function wholeTrace(): Promise<ReadonlyMap<string, ReceivedSpan>> {
  return collector.until('the whole way', () => {
    const found = new Map(
      collector.spans.filter(({ traceId }) => traceId === TRACE).map((span) => [named(span), span]),
    );
    return WAY.every((name) => found.has(name)) ? found : undefined;
  });
}

test('an entry is followed from the click to the first answer that shows it', async () => {
  const browser = await scene.signedIn('manager');
  const day = '/api/day/sim-0001/today';
  const before = (await browser.get<DayPageBody>(day)).body;
  const entered = await browser.command('POST', '/api/merchants/sim-0001/entries', {
    body: { ...anEntry(before, AMOUNT), description: WORDS },
    headers: { 'idempotency-key': crypto.randomUUID(), traceparent: TRACEPARENT },
  });
  expect(entered.status).toBe(202);
  await collector.until('the document in memory', () =>
    collector.spans.find((each) => each.traceId === TRACE && each.service === 'query-api'),
  );
  await browser.get(day);
  const trace = await wholeTrace();

  const [click, entry] = WAY.map((name) => trace.get(name) as ReceivedSpan);
  expect(click?.parentSpanId).toBe(CLICK);
  expect(entry?.parentSpanId).toBe(click?.spanId);
  // Whatever is done with it later, by whomever and however often, belongs to the request that was accepted.
  for (const name of WAY.slice(2))
    expect([name, trace.get(name)?.parentSpanId]).toEqual([name, entry?.spanId]);
  expect(trace.get('streams: process cash.submissions.v1')?.attributes).toMatchObject({
    'fluxo.traced_records': expect.anything(),
    'messaging.destination.name': 'cash.submissions.v1',
  });
});

test('nothing of it says what is nobody’s business', async () => {
  const said = collector.messages.join('\n');
  expect(said.includes(TRACE)).toBe(true);
  const secrets = await scene.secrets();
  expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
  const spans = JSON.stringify(collector.spans);
  const words = [String(AMOUNT), WORDS, 'sim-0001', 'Bearer', 'authorization'];
  expect(words.filter((word) => spans.includes(word))).toEqual([]);
});

test('entries that were accepted together are one write, and each finds it in its own trace', async () => {
  const traces = Array.from({ length: 8 }, (_, index) => `${index + 1}`.padStart(32, 'a'));
  const browser = await scene.signedIn('manager');
  const { body } = await browser.get<DayPageBody>('/api/day/sim-0001/today');
  // While no processor runs they gather, so that one transaction takes them all.
  await scene.stack.stop('streams-1');
  for (const trace of traces)
    await browser.command('POST', '/api/merchants/sim-0001/entries', {
      body: anEntry(body, 100),
      headers: { 'idempotency-key': crypto.randomUUID(), traceparent: `00-${trace}-${CLICK}-00` },
    });
  await collector.until('all of them in Kafka', () => {
    const sent = collector.spans.filter(({ service }) => service === 'outbox-relay');
    const found = new Set(
      sent.flatMap(({ traceId, links = [] }) => [traceId, ...links.map((each) => each.traceId)]),
    );
    return traces.every((trace) => found.has(trace)) || undefined;
  });
  await scene.stack.start('streams-1');
  const spans = await collector.until('all of them processed', () => {
    const done = collector.spans.filter(
      ({ service, traceId }) => service === 'streams' && traces.includes(traceId),
    );
    const found = done.flatMap(({ traceId, links = [] }) => [traceId, ...links.map((each) => each.traceId)]);
    return traces.every((trace) => found.includes(trace)) ? done : undefined;
  });
  // The first transaction of a life takes one record, the next two, then four, then the rest (streams/engine/trial.ts).
  expect(spans.length).toBeLessThan(traces.length);
});
