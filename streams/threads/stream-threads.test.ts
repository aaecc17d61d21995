import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { answerQuestions, ask, tellToStop } from './questions.ts';
import { threadName } from './stream-thread.ts';
import { streamThreads } from './thread-count.ts';

describe('the number of stream threads', () => {
  test('is 1 unless something else is asked for', () => {
    expect(streamThreads(undefined)).toBe(1);
    expect(streamThreads('4')).toBe(4);
  });

  test.each(['0', '65', '-1', '1.5', '2 ', '', 'many'])('%j is refused, and why', (text) => {
    expect(() => streamThreads(text)).toThrow(
      `FLUXO_STREAM_THREADS is ${JSON.stringify(text)}, but must be a whole number from 1 to 64`,
    );
  });
});

test('a thread keeps its name when there are more of them', () => {
  expect([1, 2, 3].map((number) => threadName('streams-1', number))).toEqual([
    'streams-1',
    'streams-1.2',
    'streams-1.3',
  ]);
});

test('each question gets its own answer, also those that were asked before anybody listened', async () => {
  const { port1: thread, port2: owner } = new MessageChannel();
  const asked: number[] = [];
  const answers = [ask(thread, 'readiness'), ask(thread, 'metrics'), ask(thread, 'readiness')];
  const stopped = new Promise<void>((stop) =>
    answerQuestions(owner, {
      readiness: () => ({ ready: true, positions: { 3: asked.push(3) } }),
      // Answered after the question behind it.
      metrics: () => new Promise((resolve) => setTimeout(resolve, 10, [])),
      stop,
    }),
  );
  expect(await Promise.all(answers)).toEqual([
    { ready: true, positions: { 3: 1 } },
    [],
    { ready: true, positions: { 3: 2 } },
  ]);
  tellToStop(thread);
  await stopped;
  thread.close();
});
