/** An API that goes: what it has begun has its time however long the announcement was. Timers are moved by hand; sockets are real. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { createServer } from './server.ts';
import { announceMsOf, Shutdown } from './shutdown.ts';

let app: FastifyInstance;
let begun: PromiseWithResolvers<void>;
let finish: PromiseWithResolvers<string>;

beforeEach(async () => {
  begun = Promise.withResolvers();
  finish = Promise.withResolvers();
  app = createServer({ frameworkErrors: () => undefined, clientErrorHandler: () => undefined });
  app.get('/slow', () => {
    begun.resolve();
    return finish.promise;
  });
  await app.listen({ port: 0 });
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance', 'hrtime'],
  });
});
afterEach(async () => {
  jest.useRealTimers();
  finish.resolve('');
  await app.close();
});

async function answerOf(address: string): Promise<string> {
  const [response] = (await once(get(address, { agent: false }), 'response')) as [IncomingMessage];
  return text(response);
}

async function goneAfter(announceMs: number): Promise<{ answer: Promise<string>; gone: Promise<void> }> {
  const answer = answerOf(`${app.listeningOrigin}/slow`);
  answer.catch(() => undefined); // looked at later
  await begun.promise;
  const gone = new Shutdown().drain(app, announceMs);
  await jest.advanceTimersByTimeAsync(announceMs);
  return { answer, gone };
}

test.each([0, 5_000, 15_000])(
  'announced for %d ms, it finishes what takes less than ten seconds',
  async (announceMs) => {
    const { answer, gone } = await goneAfter(announceMs);
    await jest.advanceTimersByTimeAsync(9_500);
    finish.resolve('done');
    expect(await answer).toBe('done');
    await gone;
  },
);

test('what takes longer is cut', async () => {
  const { answer, gone } = await goneAfter(5_000);
  await jest.advanceTimersByTimeAsync(10_000);
  await expect(answer).rejects.toThrow();
  await gone;
});

test('the time of the announcement is what whoever ends the process grants, or is refused', () => {
  expect([undefined, '0', '5000', '15000'].map(announceMsOf)).toEqual([500, 0, 5_000, 15_000]);
  for (const wrong of ['', '15001', '-1', '5s', '1e3', '0.5'])
    expect(() => announceMsOf(wrong)).toThrow('FLUXO_DRAIN_MS');
});
