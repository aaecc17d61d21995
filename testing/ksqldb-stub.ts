/**
 * A server that answers as ksqlDB's documentation says (developer guide, `/ksql` and `/query-stream`), over HTTP/2 without TLS, with
 * bodies cut into the pieces a test wants. No ksqlDB can be installed without Docker; what the real one does, only the test with Docker shows.
 */
import { once } from 'node:events';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type StubRequest = {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
};

export type StubAnswer =
  | { readonly status: number; readonly pieces: readonly (string | Uint8Array)[] }
  /** Takes the request, says nothing, and closes the stream. */
  | { readonly status: 'cut' };

/** Long enough for each piece to arrive as a frame of its own. */
const BETWEEN_PIECES_MS = 20;

export class KsqldbStub {
  readonly url: string;
  readonly requests: StubRequest[] = [];
  readonly close: () => Promise<void>;

  private constructor(port: number, close: () => Promise<void>) {
    this.url = `http://127.0.0.1:${port}`;
    this.close = close;
  }

  static async start(answer: (request: StubRequest) => StubAnswer): Promise<KsqldbStub> {
    const server = createServer();
    const sessions = new Set<{ destroy(): void }>();
    server.on('session', (session) => sessions.add(session));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stub = new KsqldbStub((server.address() as AddressInfo).port, async () => {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    });
    server.on('stream', (stream, headers) => {
      void stub.#serve(stream, String(headers[':path']), answer);
    });
    return stub;
  }

  async #serve(
    stream: ServerHttp2Stream,
    path: string,
    answer: (request: StubRequest) => StubAnswer,
  ): Promise<void> {
    stream.setEncoding('utf8').on('error', () => undefined);
    let text = '';
    for await (const piece of stream) text += String(piece);
    const request = { path, body: JSON.parse(text) as StubRequest['body'] };
    this.requests.push(request);
    const given = answer(request);
    if (given.status === 'cut') return stream.close();
    stream.respond({ ':status': given.status, 'content-type': 'application/json' });
    for (const piece of given.pieces) {
      stream.write(piece);
      await sleep(BETWEEN_PIECES_MS);
    }
    stream.end();
  }
}

/** One list in one piece, as the server sends what it has at once. */
export const joined = (list: readonly unknown[]): StubAnswer => ({
  status: 200,
  pieces: [JSON.stringify(list)],
});

/** The same, a byte or two at a time: rows, and the bytes of one letter, fall into different pieces. */
export function split(list: readonly unknown[]): StubAnswer {
  const bytes = Buffer.from(JSON.stringify(list));
  const size = Math.ceil(bytes.length / 24);
  const pieces = Array.from({ length: 24 }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
  return { status: 200, pieces };
}

/** A row per piece, the separators where the server puts them: before each row. */
export const rowByRow = ([first, ...rows]: readonly unknown[]): StubAnswer => ({
  status: 200,
  pieces: [`[${JSON.stringify(first)}`, ...rows.map((row) => `,${JSON.stringify(row)}`), ']'],
});

/** What `/ksql` answers to a CREATE that was executed. */
export const created = (message: string): StubAnswer =>
  joined([
    {
      '@type': 'currentStatus',
      statementText: '',
      commandId: 'table/`NETWORK_TOTALS`/create',
      commandSequenceNumber: 7,
      commandStatus: { status: 'SUCCESS', message, queryId: null },
      warnings: [],
    },
  ]);

/** What it answers where the statement says IF NOT EXISTS and something of that name exists. */
export const warning = (message: string): StubAnswer =>
  joined([{ '@type': 'warning_entity', statementText: '', message }]);

/** What it answers to a statement that it does not execute. */
export const refusal = (message: string): StubAnswer => ({
  status: 400,
  pieces: [
    JSON.stringify({
      '@type': 'statement_error',
      error_code: 40001,
      message,
      statementText: '',
      entities: [],
    }),
  ],
});
