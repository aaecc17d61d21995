/**
 * The end of a recorded trace: a document that an entry has changed is in memory, and an answer shows it for the first time. Two spans say
 * so, one for the records that were read together and one for the time until somebody saw what they say. Of documents that nobody asks for within the
 * next thousand nothing more is said.
 */
import { BatchSpan, spanSince } from '@fluxo/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FeedObserver, LogRecord } from './views/memory/topic-feed.ts';

const UNREAD_MAX = 1_000;

const ROUTE = '/v1/merchants/:merchantId/balances/:businessDate';

type Unread = { readonly traceparent: string; readonly sinceMs: number };

export class FirstReads {
  readonly #traceparentOf: (record: LogRecord) => string | null;
  readonly #isLoaded: () => boolean;
  /** By the key of the document, the one that waits longest first. */
  readonly #unread = new Map<string, Unread>();

  /** `isLoaded`: what is read before was seen by others long ago. */
  constructor(traceparentOf: (record: LogRecord) => string | null, isLoaded: () => boolean) {
    this.#traceparentOf = traceparentOf;
    this.#isLoaded = isLoaded;
  }

  /** The same observer, and what it is told is looked at. */
  observing(observer: FeedObserver): FeedObserver {
    return {
      ...observer,
      applied: (topic, records) => {
        observer.applied(topic, records);
        if (this.#isLoaded()) this.#applied(topic, records);
      },
    };
  }

  /** Looks at the answers of this API. */
  watch(app: FastifyInstance): void {
    app.addHook('onSend', (request, reply, payload, done) => {
      if (this.#unread.size > 0 && request.routeOptions.url === ROUTE) this.#read(request, reply);
      done(null, payload);
    });
  }

  #applied(topic: string, records: readonly LogRecord[]): void {
    const span = new BatchSpan({ verb: 'process', topic, records: records.length });
    for (const record of records) {
      const traceparent = this.#traceparentOf(record);
      if (traceparent === null) continue;
      span.add(traceparent);
      this.#keep(Buffer.from(record.key ?? []).toString('latin1'), { traceparent, sinceMs: Date.now() });
    }
    span.end();
  }

  #keep(document: string, unread: Unread): void {
    this.#unread.delete(document);
    this.#unread.set(document, unread);
    const [oldest] = this.#unread.keys();
    if (this.#unread.size > UNREAD_MAX && oldest !== undefined) this.#unread.delete(oldest);
  }

  #read(request: FastifyRequest, reply: FastifyReply): void {
    if (reply.statusCode >= 400 || reply.getHeader('x-fluxo-tier') !== 'memory') return;
    const { merchantId, businessDate } = request.params as Record<string, string>;
    const document = `${merchantId}|${businessDate}`;
    const unread = this.#unread.get(document);
    if (unread === undefined) return;
    this.#unread.delete(document);
    spanSince('first read of a balance', unread);
  }
}
