/** A service that answers, refuses, fails, hangs or is gone, on a real socket: what its callers get, and when it is asked again. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Upstream, type UpstreamOptions } from './upstream.ts';

let server: Server;
let upstream: Upstream;
/** Questions that reached the service. */
let asked: { readonly path: string; readonly authorization: string | undefined }[];
let answer: (response: ServerResponse) => void;

const ok = (response: ServerResponse) => response.setHeader('etag', '"1"').end('{"a":1}');
const failing = (response: ServerResponse) => response.writeHead(503).end('{}');
const refusing = (response: ServerResponse) =>
  response
    .writeHead(404, { 'content-type': 'application/problem+json' })
    .end(
      '{"status":404,"code":"merchant-unknown","detail":"none","title":"","type":"","requestId":"theirs"}',
    );

function openUpstream(options: Partial<UpstreamOptions> = {}): Upstream {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new Upstream({ title: 'query API', url, capacity: 4, timeLimitMs: 10_000, ...options });
}

beforeEach(async () => {
  asked = [];
  answer = ok;
  server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  upstream = openUpstream();
});
afterEach(async () => {
  upstream.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const ask = (path = '/v1/x') => upstream.ask({ path, accessToken: 'a.b.c' });
const codeOf = (question: Promise<unknown>) =>
  question.then(
    () => 'answered',
    (error: { code?: string }) => error.code,
  );

describe('an answer that is taken as it comes', () => {
  test('begins within the time limit, and may then take longer', async () => {
    upstream.close();
    upstream = openUpstream({ timeLimitMs: 200 });
    let end = () => undefined as unknown;
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/csv' }).write('first;');
      end = () => response.end('last');
    };
    const { body, headers } = await upstream.open({ path: '/v1/x', accessToken: 'a.b.c' });
    expect(headers.get('content-type')).toBe('text/csv');
    await sleep(400);
    end();
    expect(await new Response(body).text()).toBe('first;last');
  });

  test('that breaks off is an error, not an end', async () => {
    answer = (response) => {
      response.writeHead(200).write('first;', () => response.destroy());
    };
    const { body } = await upstream.open({ path: '/v1/x', accessToken: 'a.b.c' });
    await expect(new Response(body).text()).rejects.toThrow();
  });

  test('ends at the service too when the caller has had enough', async () => {
    const gone = new Promise<void>((resolve) => {
      answer = (response) => response.once('close', resolve).writeHead(200).write('first;');
    });
    const { body } = await upstream.open({ path: '/v1/x', accessToken: 'a.b.c' });
    await body?.cancel();
    await expect(gone).resolves.toBeUndefined();
  });

  test('is refused in the service’s words, and not begun within its time it is unavailable', async () => {
    const open = () => codeOf(upstream.open({ path: '/v1/x', accessToken: 'a.b.c' }));
    answer = refusing;
    expect(await open()).toBe('merchant-unknown');
    upstream.close();
    upstream = openUpstream({ timeLimitMs: 100 });
    answer = () => undefined;
    expect(await open()).toBe('upstream-unavailable');
  });
});

describe('a service', () => {
  test('is asked with the caller’s token, and its answer comes whole', async () => {
    expect(await ask()).toMatchObject({ status: 200, text: '{"a":1}' });
    expect(asked).toEqual([{ path: '/v1/x', authorization: 'Bearer a.b.c' }]);
  });

  test('that refuses is quoted under the caller’s request, however often, and goes on being asked', async () => {
    answer = refusing;
    for (let count = 0; count < 20; count += 1) expect(await codeOf(ask())).toBe('merchant-unknown');
    expect(asked).toHaveLength(20);
    const refusal = await ask().catch((error: { toBody(id: string): object }) => error.toBody('ours'));
    expect(refusal).toMatchObject({ status: 404, code: 'merchant-unknown', requestId: 'ours' });
  });

  test('that refuses without saying why is unavailable', async () => {
    answer = (response) => response.writeHead(400).end('<h1>Bad</h1>');
    expect(await codeOf(ask())).toBe('upstream-unavailable');
  });

  test('that does not take the token has the caller sign in again', async () => {
    answer = (response) => response.writeHead(401).end('{}');
    expect(await codeOf(ask())).toBe('signed-out');
  });

  test('that sends callers elsewhere is not followed: the token is for nobody else', async () => {
    answer = (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();
    expect(await codeOf(ask())).toBe('upstream-unavailable');
  });

  test('that fails is left alone after a while, and asked again later', async () => {
    answer = failing;
    for (let count = 0; count < 20; count += 1) expect(await codeOf(ask())).toBe('upstream-unavailable');
    expect(upstream.isOpen).toBe(true);
    expect(asked.length).toBeLessThan(20);
    answer = ok;
    const before = asked.length;
    expect(await codeOf(ask())).toBe('upstream-unavailable');
    expect(asked).toHaveLength(before);
    while ((await codeOf(ask())) !== 'answered') await sleep(100);
    expect(upstream.isOpen).toBe(false);
  });

  test('that hangs is given up after its time, and the socket with it', async () => {
    upstream.close();
    upstream = openUpstream({ timeLimitMs: 200 });
    const gone = new Promise<void>((resolve) => {
      answer = (response) => response.once('close', resolve);
    });
    expect(await codeOf(ask())).toBe('upstream-unavailable');
    await gone;
  });

  test('that hangs before a crowd is left alone all the same', async () => {
    upstream.close();
    upstream = openUpstream({ timeLimitMs: 100 });
    answer = () => undefined;
    while (!upstream.isOpen) await Promise.all(Array.from({ length: 40 }, () => codeOf(ask())));
    expect(asked.length).toBeLessThan(40);
  });

  test('has so many questions at once, the others are refused and do not count against it', async () => {
    const waiting: ServerResponse[] = [];
    answer = (response) => waiting.push(response);
    const questions = Array.from({ length: 40 }, () => codeOf(ask()));
    while (waiting.length < 4) await sleep(5);
    answer = ok;
    for (const response of waiting) ok(response);
    const codes = await Promise.all(questions);
    expect(codes.filter((code) => code === 'answered')).toHaveLength(4);
    expect(codes.filter((code) => code === 'upstream-unavailable')).toHaveLength(36);
    expect(upstream.isOpen).toBe(false);
    expect(await codeOf(ask())).toBe('answered');
  });
});
