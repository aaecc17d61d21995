/**
 * A collector as far as a process can tell: takes traces and logs over OTLP/HTTP with JSON on a socket of its own, and keeps them for tests to look
 * at. It stores, samples and forwards nothing.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

type KeyValue = {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
};

type Resource = { readonly attributes: readonly KeyValue[] };

type WireSpan = Readonly<Record<'traceId' | 'spanId' | 'name', string>> & {
  readonly parentSpanId?: string;
  readonly attributes?: readonly KeyValue[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
};

type WireLog = Readonly<Partial<Record<'traceId' | 'spanId' | 'severityText', string>>> & {
  readonly body?: { readonly stringValue?: string };
  readonly attributes?: readonly KeyValue[];
};

type Message = {
  readonly resourceSpans?: readonly {
    readonly resource: Resource;
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
  readonly resourceLogs?: readonly {
    readonly resource: Resource;
    readonly scopeLogs: readonly { readonly logRecords: readonly WireLog[] }[];
  }[];
};

type Attributes = Readonly<Record<string, unknown>>;

export type ReceivedSpan = Omit<WireSpan, 'attributes'> & {
  readonly service: string;
  readonly attributes: Attributes;
};

export type ReceivedLog = Omit<WireLog, 'attributes' | 'body'> & {
  readonly service: string;
  readonly text: string;
  readonly attributes: Attributes;
};

const POLL_MS = 50;
const PATIENCE_MS = 60_000;

export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly logs: ReceivedLog[] = [];
  /** Every message as it came. */
  readonly messages: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#take(request).then(
        () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
        (error: Error) => response.writeHead(400).end(error.message),
      );
    });
  }

  static async open(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  /** What makes a process send everything here, and soon. */
  get env(): Readonly<Record<string, string>> {
    const { port } = this.#server.address() as AddressInfo;
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_BLRP_SCHEDULE_DELAY: '100',
    };
  }

  /** Resolves with what `find` finds among all that has come, as soon as it does. Fails naming the spans that came. */
  async until<Found>(what: string, find: () => Found | undefined): Promise<Found> {
    const giveUpMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (performance.now() > giveUpMs)
        throw new Error(
          `${what} did not come; there were ${this.spans.map(({ service, name }) => `${service}: ${name}`).join(', ')}`,
        );
      await sleep(POLL_MS);
    }
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(request: IncomingMessage): Promise<void> {
    const message = (await json(request)) as Message;
    this.messages.push(JSON.stringify(message));
    for (const { resource, scopeSpans } of message.resourceSpans ?? [])
      for (const { spans } of scopeSpans)
        for (const { attributes = [], ...span } of spans)
          this.spans.push({ ...span, service: serviceOf(resource), attributes: plain(attributes) });
    for (const { resource, scopeLogs } of message.resourceLogs ?? [])
      for (const { logRecords } of scopeLogs)
        for (const { attributes = [], body, ...log } of logRecords)
          this.logs.push({
            ...log,
            service: serviceOf(resource),
            text: body?.stringValue ?? '',
            attributes: plain(attributes),
          });
  }
}

function serviceOf({ attributes }: Resource): string {
  return String(plain(attributes)['service.name']);
}

/** Of each attribute the value alone: the wire names its type beside it. */
function plain(attributes: readonly KeyValue[]): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
