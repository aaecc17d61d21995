/**
 * What a process and its stream threads say to each other: the process asks one how it is, or tells it to stop. Each question
 * brings the port that its answer goes to, so that none is mistaken for another.
 */
import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Readiness, ShownMetrics } from '@fluxo/telemetry';

/** What can be asked, and what is answered. */
export type Answers = {
  readonly readiness: Readiness & { readonly positions: Readonly<Record<string, number>> };
  readonly metrics: ShownMetrics;
};

type Message =
  | { readonly kind: 'stop' }
  | { readonly kind: 'ask'; readonly question: keyof Answers; readonly answerTo: MessagePort };

type Sends = { postMessage(message: Message, transfer?: MessagePort[]): void };

/** Asks a thread, and waits until it comes to it. A thread that has ended never does; whoever asks watches for that. */
export async function ask<Question extends keyof Answers>(
  thread: Sends,
  question: Question,
): Promise<Answers[Question]> {
  const { port1: answers, port2: answerTo } = new MessageChannel();
  const answered = once(answers, 'message');
  thread.postMessage({ kind: 'ask', question, answerTo }, [answerTo]);
  const [answer] = await answered;
  answers.close();
  return answer;
}

export function tellToStop(thread: Sends): void {
  thread.postMessage({ kind: 'stop' });
}

export type Listener = {
  readonly readiness: () => Answers['readiness'];
  readonly metrics: () => Promise<Answers['metrics']>;
  readonly stop: () => void;
};

/** The thread's side: answers what was asked before it could listen, and from now on. */
export function answerQuestions(owner: MessagePort, listener: Listener): void {
  owner.on('message', (message: Message) => {
    if (message.kind === 'stop') listener.stop();
    else void reply(message, listener);
  });
}

async function reply(
  { question, answerTo }: Extract<Message, { kind: 'ask' }>,
  listener: Listener,
): Promise<void> {
  answerTo.postMessage(await listener[question]());
}
