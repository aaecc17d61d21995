/**
 * A request to one of our APIs as a span, by the semantic conventions of HTTP servers. It names the route and never the address: there are merchants
 * in addresses.
 */
import { type Context, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { contextOf } from './traceparent.ts';

export class RequestSpan {
  readonly #span: Span;
  readonly #context: Context;

  /** `traceparent` is what the caller sent, if it did. */
  constructor(method: string, route: string, traceparent: string) {
    const parent = contextOf(traceparent);
    const attributes = { 'http.request.method': method, 'http.route': route };
    this.#span = trace
      .getTracer('fluxo')
      .startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    this.#context = trace.setSpan(parent, this.#span);
  }

  /** Goes on as this request: what is logged and asked from here on belongs to it. */
  within(work: () => void): void {
    context.with(this.#context, work);
  }

  end(status: number): void {
    this.#span.setAttribute('http.response.status_code', status);
    if (status >= 500)
      this.#span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', String(status));
    this.#span.end();
  }
}
