/**
 * Work on many records at once, as one span: a transaction of the processor, a write of a sink, a delivery of the relay. It is a child of the
 * first record that belongs to a trace, so that this trace shows it, and names the others by links. Without such a record there is no span.
 */
import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { contextOf } from './traceparent.ts';

/** As many as the SDK keeps of one span; of more, the span says how many there were. */
const LINKS_MAX = 128;

export type BatchWork = {
  /** What is done with the records. */
  readonly verb: 'process' | 'send';
  readonly topic: string;
  /** How many records there are, if that is known before. */
  readonly records?: number;
};

const kinds = { process: SpanKind.CONSUMER, send: SpanKind.PRODUCER };

export class BatchSpan {
  readonly #work: BatchWork;
  #span: Span | null = null;
  #context: Context = ROOT_CONTEXT;
  #traced = 0;

  constructor(work: BatchWork) {
    this.#work = work;
  }

  /** A record of the batch belongs to this trace. */
  add(traceparent: string): void {
    const parent = contextOf(traceparent);
    const origin = trace.getSpanContext(parent);
    if (origin === undefined) return;
    this.#traced += 1;
    if (this.#span === null) this.#begin(parent);
    else if (this.#traced <= LINKS_MAX) this.#span.addLink({ context: origin });
  }

  /** Does this as the batch: what is logged meanwhile names the span. */
  within<Result>(work: () => Result): Result {
    return this.#span === null ? work() : context.with(this.#context, work);
  }

  /** Does this as the batch, which ends with it. */
  async around<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await this.within(work);
      this.end();
      return result;
    } catch (error) {
      this.fail((error as { code?: unknown } | null)?.code);
      throw error;
    }
  }

  end(attributes: Attributes = {}): void {
    this.#span?.setAttributes({ ...attributes, 'fluxo.traced_records': this.#traced }).end();
    this.#span = null;
    this.#traced = 0;
  }

  /** Ends it as failed; `code` is one of few words. What a failure says at length is for the log. */
  fail(code: unknown, attributes: Attributes = {}): void {
    const type = typeof code === 'string' ? code : '_OTHER';
    this.#span?.setStatus({ code: SpanStatusCode.ERROR });
    this.end({ ...attributes, 'error.type': type });
  }

  #begin(parent: Context): void {
    const { verb, topic, records } = this.#work;
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.destination.name': topic,
      ...(records === undefined ? {} : { 'messaging.batch.message_count': records }),
    };
    this.#span = trace
      .getTracer('fluxo')
      .startSpan(`${verb} ${topic}`, { kind: kinds[verb], attributes }, parent);
    this.#context = trace.setSpan(parent, this.#span);
  }
}
