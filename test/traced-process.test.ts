/**
 * What traces do to a process, shown by the entries API without a database, which answers 503 and says so in its log. Off, nothing of the SDK is even
 * loaded; on, the span and the line of the log say which trace they belong to; and no collector keeps a process from ending.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, jest, test } from '@jest/globals';
import { OtlpReceiver } from '../testing/otlp-receiver.ts';

jest.setTimeout(180_000);

const program = fileURLToPath(new URL('../entries-api/main.ts', import.meta.url));

/** Says on standard output which packages of OpenTelemetry are loaded. */
const WATCHED = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) {
  const name = /@opentelemetry.([a-z-]+)/.exec(url)?.[1];
  if (name !== undefined) console.log(name);
  return next(url, context);
} });`)}`;

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const ENTRY = JSON.stringify({
  accountId: 'drawer-of-ana',
  direction: 'CREDIT',
  kind: 'SALE',
  paymentMethod: 'PIX',
  amountMinor: 7_654_321,
  currency: 'BRL',
  occurredAt: '2026-03-06T12:00:00Z',
  description: 'said by a person',
});

const UNRECORDED = '4bf92f3577b34da6a3ce929d0e0e4736';

const started: ChildProcess[] = [];
const closing: (() => void)[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  for (const close of closing.splice(0)) close();
});

type Run = {
  readonly loaded: readonly string[];
  readonly log: readonly Record<string, unknown>[];
  readonly exit: number;
};

/** Starts the API, asks it for something with each of these, one after the other, and ends it. */
async function run(env: Readonly<Record<string, string>>, ...traceparents: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, ['--import', WATCHED, program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      FLUXO_AUTH: 'off',
      FLUXO_POSTGRES: 'postgres://fluxo_entries:secret-of-the-database@127.0.0.1:1/fluxo',
      FLUXO_INSTANCE: 'entries-api',
      FLUXO_DRAIN_MS: '0',
      ...env,
    },
  });
  started.push(child);
  const loaded = text(child.stdout);
  const { address, whole } = readLog(child);
  const entries = `${await address}/v1/merchants/m-1/entries`;
  for (const traceparent of traceparents) {
    const headers = { traceparent, 'content-type': 'application/json', 'idempotency-key': traceparent };
    const sent = await fetch(entries, { method: 'POST', headers, body: comingLate(ENTRY), duplex: 'half' });
    expect(sent.status).toBe(503);
  }
  child.kill('SIGTERM');
  const [exit] = (await once(child, 'exit')) as [number];
  const lines = (await whole).trim().split('\n');
  return {
    loaded: [...new Set((await loaded).trim().split('\n'))],
    log: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    exit,
  };
}

/** A body that comes when the request has long begun, from where nothing is known of it. */
async function* comingLate(body: string): AsyncGenerator<Buffer> {
  await sleep(100);
  yield Buffer.from(body);
}

/** Where it says that it listens, and all it has said in the end. */
function readLog({ stderr }: ChildProcess): {
  readonly address: Promise<string>;
  readonly whole: Promise<string>;
} {
  const address = Promise.withResolvers<string>();
  const whole = Promise.withResolvers<string>();
  let log = '';
  stderr?.setEncoding('utf8').on('data', (piece: string) => {
    log += piece;
    const listening = /"address":"([^"]+)"/.exec(log)?.[1];
    if (listening !== undefined) address.resolve(listening);
  });
  stderr?.once('end', () => {
    whole.resolve(log);
    address.reject(new Error(`it ended without having listened: ${log}`));
  });
  return { address: address.promise, whole: whole.promise };
}

const failuresIn = ({ log }: Run) => log.filter(({ msg }) => msg === 'a request was not answered');

test('on, a request and what is logged of it are in the trace that its caller named, if anybody records that', async () => {
  const collector = await OtlpReceiver.open();
  closing.push(() => collector.close());
  const ran = await run(
    collector.env,
    `00-${TRACE}-b7ad6b7169203331-01`,
    `00-${UNRECORDED}-b7ad6b7169203331-00`,
  );
  expect(ran.exit).toBe(0);
  expect(ran.loaded).toContain('sdk-node');
  const [span, ...others] = collector.spans;
  expect(others).toEqual([]);
  expect(span).toMatchObject({
    service: 'entries-api',
    traceId: TRACE,
    parentSpanId: 'b7ad6b7169203331',
    name: 'POST /v1/merchants/:merchantId/entries',
    status: { code: 2 },
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/v1/merchants/:merchantId/entries',
      'http.response.status_code': 503,
      'error.type': '503',
    },
  });
  const { traceId, spanId } = span as NonNullable<typeof span>;
  const [recorded, unrecorded] = failuresIn(ran);
  expect(recorded).toMatchObject({ trace_id: traceId, span_id: spanId });
  expect(unrecorded).toMatchObject({ trace_id: UNRECORDED });
  expect(collector.logs.find((each) => each.traceId === TRACE)).toMatchObject({
    service: 'entries-api',
    severityText: 'ERROR',
    text: 'a request was not answered',
    spanId,
  });
  expect(collector.messages.join('')).not.toMatch(
    /secret-of-the-database|m-1\b|drawer-of-ana|7654321|said by/,
  );
});

test('off, nothing of the SDK is loaded and nothing leaves', async () => {
  const collector = await OtlpReceiver.open();
  closing.push(() => collector.close());
  const ran = await run({ ...collector.env, OTEL_SDK_DISABLED: 'true' }, `00-${TRACE}-b7ad6b7169203331-01`);
  expect(ran.loaded).toEqual(['api']);
  expect(failuresIn(ran)[0]).not.toHaveProperty('trace_id');
  expect(collector.messages).toEqual([]);
});

test('a collector that never answers does not keep it from ending', async () => {
  const silent: Server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  closing.push(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  // The SDK would give up by itself in ten minutes, long after this test has.
  const patience = '600000';
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: patience,
    OTEL_BSP_EXPORT_TIMEOUT: patience,
    OTEL_BLRP_EXPORT_TIMEOUT: patience,
  };
  expect((await run(env, `00-${TRACE}-b7ad6b7169203331-01`)).exit).toBe(0);
});
