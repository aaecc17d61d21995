/** Events on a real socket: their form, what a browser gets that was slow, and the end of one that takes nothing at all. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveEvent } from '@fluxo/schemas';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EventStream } from './event-stream.ts';

let server: Server;
let browser: Socket;
let stream: EventStream;
let response: ServerResponse;
let text = '';

beforeEach(async () => {
  text = '';
  const opened = new Promise<void>((resolve) => {
    server = createServer((_, answered) => {
      response = answered;
      stream = new EventStream(answered, { 'x-of-the-page': 'kept' });
      resolve();
    }).listen(0, '127.0.0.1');
  });
  await once(server, 'listening');
  browser = connect((server.address() as AddressInfo).port, '127.0.0.1');
  browser.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  browser.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n');
  await opened;
});
afterEach(async () => {
  browser.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function seen(what: string): Promise<void> {
  while (!text.includes(what)) await sleep(5);
}

const today = (value: string): LiveEvent => ({ event: 'today', data: { today: value } });
/** Longer than what sockets of a machine hold between them. */
const stale = (mark: string): LiveEvent => ({
  event: 'stale',
  data: { since: mark, code: 'x'.repeat(1_000_000) },
});

describe('a stream of events', () => {
  test('begins as one, with the page’s own headers', async () => {
    await seen('retry: 2000\n\n');
    const head = text.toLowerCase();
    expect(head).toContain('content-type: text/event-stream');
    expect(head).toContain('cache-control: no-store');
    expect(head).toContain('x-of-the-page: kept');
  });

  test('names its events, and the revision where they have one', async () => {
    stream.send(today('2026-03-01'), 7);
    stream.send(today('2026-03-02'), null);
    stream.beat();
    await seen(': alive');
    expect(text).toContain('\r\nid: 7\nevent: today\ndata: {"today":"2026-03-01"}\n\n');
    expect(text).toContain('\r\nevent: today\ndata: {"today":"2026-03-02"}\n\n');
  });

  test('keeps for a browser that is slow the last of each kind, and no more', async () => {
    browser.pause();
    for (let count = 0; !response.writableNeedDrain; count += 1) stream.send(stale(`early-${count}`), null);
    const heldBytes = response.writableLength;
    for (let count = 0; count < 200; count += 1) stream.send(stale(`late-${count}`), null);
    stream.send(today('2026-03-01'), null);
    stream.send(today('2026-03-02'), null);
    expect(response.writableLength).toBe(heldBytes);
    browser.resume();
    await seen('2026-03-02');
    expect([...text.matchAll(/late-\d+/g)].map(([mark]) => mark)).toEqual(['late-199']);
    expect(text).not.toContain('2026-03-01');
  });

  test('is cut when the browser leaves four heartbeats lying', async () => {
    browser.pause();
    while (!response.writableNeedDrain) stream.send(stale('x'), null);
    const { closed } = stream;
    for (let count = 0; count < 3; count += 1) stream.beat();
    expect(response.destroyed).toBe(false);
    stream.beat();
    await closed;
  });

  test('ends when it is told to, and when the browser goes', async () => {
    const { closed } = stream;
    const ended = once(browser, 'end');
    stream.end();
    await Promise.all([closed, ended]);
    expect(response.writableFinished).toBe(true);
  });

  test('is over for who asks after the browser has gone', async () => {
    const gone = once(response, 'close');
    browser.destroy();
    await gone;
    await stream.closed;
    expect(() => stream.beat()).not.toThrow();
  });
});
