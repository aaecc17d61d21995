/**
 * An HTTP service in trouble: a proxy before a real server that, for requests of a test's choice, answers in its place, loses the answer
 * after the server has done the work, or says nothing at all. What it is not told about passes unchanged.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Trouble =
  | { readonly kind: 'answer'; readonly status: number; readonly body: object }
  | { readonly kind: 'lose-answer' }
  | { readonly kind: 'hang' };

/** Asked once for each request; null: it passes. */
export type TroubleFor = (headers: IncomingMessage['headers']) => Trouble | null;

export class TroubledHttp {
  readonly #server: Server;
  /** Requests that came, in trouble or not. */
  requests = 0;
  trouble: TroubleFor = () => null;

  private constructor(origin: string) {
    this.#server = createServer((incoming, outgoing) => this.#serve(origin, incoming, outgoing));
  }

  /** `origin` of the server behind it: http://host:port. */
  static async before(origin: string): Promise<TroubledHttp> {
    const proxy = new TroubledHttp(origin);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(origin: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.requests += 1;
    const trouble = this.trouble(incoming.headers);
    if (trouble?.kind === 'hang') return void incoming.resume();
    if (trouble?.kind === 'answer') {
      incoming.resume();
      outgoing.writeHead(trouble.status, { 'content-type': 'application/x-amz-json-1.0' });
      outgoing.end(JSON.stringify(trouble.body));
      return;
    }
    const passed = request(new URL(incoming.url ?? '/', origin), {
      method: incoming.method,
      headers: incoming.headers,
    });
    passed.once('error', () => outgoing.destroy());
    passed.once('response', (answer) => {
      if (trouble?.kind === 'lose-answer') {
        answer.resume().once('end', () => outgoing.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  }
}
