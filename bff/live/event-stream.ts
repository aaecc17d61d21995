/**
 * Server-sent events to one browser (WHATWG HTML, 9.2). A browser too slow to take them gets the last of each kind only, once it takes
 * something again; one that takes nothing for a minute is cut. Every event stands for itself, so nothing is lost by that.
 */
import type { ServerResponse } from 'node:http';
import type { LiveEvent } from '@fluxo/schemas';

/** How soon a browser whose line was cut comes back. */
const RETRY_MS = 2_000;
/** Heartbeats in a row that a browser may leave lying. */
const MISSED_BEATS_MAX = 4;

export class EventStream {
  readonly #response: ServerResponse;
  /** What the browser has not taken yet, the oldest first. */
  readonly #waiting = new Map<LiveEvent['event'], string>();
  #missedBeats = 0;

  /** `headers` go with the answer beside those of events. */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string | number | string[]>>) {
    this.#response = response;
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // a proxy that gathered events would deliver them late
    });
    response.on('error', () => response.destroy());
    response.on('drain', () => this.#sendWaiting());
    response.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** Resolves when the line is gone, whoever cut it; at once if it is gone already, for that is not said again. */
  get closed(): Promise<void> {
    if (this.#response.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.#response.once('close', () => resolve()));
  }

  send(event: LiveEvent, id: number | null): void {
    const name = id === null ? '' : `id: ${id}\n`;
    const text = `${name}event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
    this.#waiting.delete(event.event);
    this.#waiting.set(event.event, text);
    this.#sendWaiting();
  }

  /** Shows that the line is alive, to both of its ends. */
  beat(): void {
    if (!this.#response.writableNeedDrain) {
      this.#missedBeats = 0;
      this.#response.write(': alive\n\n');
      return;
    }
    this.#missedBeats += 1;
    if (this.#missedBeats >= MISSED_BEATS_MAX) this.#response.destroy();
  }

  end(): void {
    this.#response.end();
  }

  #sendWaiting(): void {
    for (const [kind, text] of this.#waiting) {
      if (this.#response.writableNeedDrain) return;
      this.#waiting.delete(kind);
      this.#response.write(text);
    }
  }
}
