/**
 * What every API of ours does with bytes that are no proper request, on a real socket: a clear refusal for whoever sent them, nothing
 * for anybody else (reliability.md section 4, protocol). Also that it ends without cutting anybody off.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Shutdown } from '@fluxo/http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';

export type UnderAttack = {
  /** Not yet listening. Whoever sends slower than this is let go, milliseconds. */
  readonly build: (requestTimeoutMs: number) => Promise<{ app: FastifyInstance; shutdown: Shutdown }>;
  /** A request line that is answered 200, as `GET /path HTTP/1.1`. */
  readonly proper: string;
  /** One with a body, if the API takes any. */
  readonly withBody?: string;
};

const END = 'Connection: close\r\n\r\n';

export function behavesUnderHostileHttp({ build, proper, withBody }: UnderAttack): void {
  const GET = `${proper}\r\n`;
  let app: FastifyInstance;
  let shutdown: Shutdown;
  let port: number;
  let sockets: Socket[];

  async function listen(requestTimeoutMs: number): Promise<void> {
    ({ app, shutdown } = await build(requestTimeoutMs));
    await app.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = app.server.address() as AddressInfo);
  }

  beforeEach(async () => {
    sockets = [];
    await listen(10_000);
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await app.close();
  });

  async function open(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  /** Sends the bytes and returns all that comes back until the server closes the connection. */
  async function exchange(text: string): Promise<string> {
    const socket = await open();
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.write(text);
    await once(socket, 'close');
    return Buffer.concat(chunks).toString();
  }

  describe('a request that is not well-formed', () => {
    test.each([
      [
        'content-length beside transfer-encoding',
        `${GET}Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n${END}`,
        400,
      ],
      ['two content-lengths', `${GET}Host: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n${END}`, 400],
      ['bare line feeds', `${proper}\nHost: a\nConnection: close\n\n`, 400],
      ['no host', `${GET}${END}`, 400],
      ['two hosts', `${GET}Host: a\r\nHost: b\r\n${END}`, 400],
      ['20 KB of headers', `${GET}Host: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n${END}`, 431],
      ['no HTTP at all', '\u0016\u0003\u0001 hello\r\n\r\n', 400],
    ])('%s', async (_name, text, status) => {
      expect(statusesOf(await exchange(text))).toEqual([status]);
    });

    test('is answered as a problem, without anything that was sent', async () => {
      const answer = await exchange(`${GET}Host: a\r\nX-Secret: canary${'x'.repeat(20_000)}\r\n${END}`);
      const [head, body] = answer.split('\r\n\r\n') as [string, string];
      expect(head).toContain('content-type: application/problem+json');
      expect(JSON.parse(body)).toMatchObject({ status: 431, code: 'headers-too-large' });
      expect(answer).not.toContain('canary');
    });
  });

  test('500 sockets that never finish their request do not keep others waiting', async () => {
    for (let count = 0; count < 500; count++) (await open()).write(`${GET}Host: a\r\nX-Slow: `);
    expect(statusesOf(await exchange(`${GET}Host: a\r\n${END}`))).toEqual([200]);
  });

  test('a request that does not arrive in time is refused with 408, and its socket is freed', async () => {
    await app.close();
    await listen(250);
    expect(statusesOf(await exchange(`${GET}Host: a\r\nX-Slow: `))).toEqual([408]);
  });

  if (withBody !== undefined) {
    test('a body that comes a byte at a time is refused with 408, and its socket is freed', async () => {
      await app.close();
      await listen(250);
      const socket = await open();
      const drip = setInterval(() => socket.write(' '), 50);
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.write(
        `${withBody}\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
      );
      await once(socket, 'close');
      clearInterval(drip);
      expect(statusesOf(Buffer.concat(chunks).toString())).toEqual([408]);
    });

    test('a body longer than its length is not taken for the next request', async () => {
      const body = '{}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
      const answer = await exchange(
        `${withBody}\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${END}${body}`,
      );
      expect(statusesOf(answer)).toEqual([400]);
    });
  }

  describe('shutting down', () => {
    test('callers are asked to leave while they still get their answers; then nobody is left', async () => {
      const socket = await open();
      const draining = shutdown.drain(app, 200);
      socket.write(`${GET}Host: a\r\n\r\n`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(statusesOf(String(answer))).toEqual([200]);
      expect(String(answer).toLowerCase()).toContain('connection: close');
      await draining;
      await expect(open()).rejects.toThrow('ECONNREFUSED');
    });

    test('an idle connection does not hold it up', async () => {
      const socket = await open();
      socket.write(`${GET}Host: a\r\n\r\n`);
      await once(socket, 'data');
      await shutdown.drain(app, 10);
      await expect(open()).rejects.toThrow('ECONNREFUSED');
    }, 5_000);
  });
}

function statusesOf(answer: string): readonly number[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1]));
}
