/**
 * Whether a service does its work, seen from outside with one question in its own protocol. Never throws: no answer is "no".
 */
import { connect } from 'node:net';
import type { ReadyCheck } from './services.ts';

const ANSWER_WITHIN_MS = 2_000;

/** Asks the service on this port of 127.0.0.1 once. */
export async function isReady(check: ReadyCheck, port: number): Promise<boolean> {
  if (check.kind === 'http') return answersOk(`http://127.0.0.1:${port}${check.path}`);
  const { request, isYes } = questions[check.kind];
  const answer = await ask(port, request);
  return answer !== null && isYes(answer);
}

/**
 * ApiVersions v0, the one request every Kafka answers: length int32, api key 18 int16, version 0 int16, correlation id int32,
 * client id (length int16, none: -1).
 */
const apiVersionsRequest = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);

/**
 * StartupMessage 3.0 of PostgreSQL: length int32, version 3 << 16, then name and value of parameters, each ended by a 0. A server
 * that takes connections asks who is there ('R'); one that is starting or recovering says that in an error ('E').
 */
const startupMessage = Buffer.concat([
  Buffer.from([0, 0, 0, 20, 0, 3, 0, 0]),
  Buffer.from('user\0ready\0\0', 'latin1'),
]);

type Question = { readonly request: Buffer; readonly isYes: (answer: Buffer) => boolean };

const questions: Readonly<Record<Exclude<ReadyCheck['kind'], 'http'>, Question>> = {
  kafka: { request: apiVersionsRequest, isYes: () => true },
  redis: {
    request: Buffer.from('PING\r\n'),
    // A secured one does not tell strangers more than that it is there.
    isYes: (answer) => /^(\+PONG|-NOAUTH)/.test(answer.toString('latin1')),
  },
  // It knows no path to ask without signing the question: any status says that it listens.
  dynamodb: {
    request: Buffer.from('GET / HTTP/1.0\r\n\r\n'),
    isYes: (answer) => answer.toString('latin1').startsWith('HTTP/1.'),
  },
  postgres: { request: startupMessage, isYes: (answer) => answer.toString('latin1').startsWith('R') },
};

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** The first bytes of the answer; null if none came in time. */
function ask(port: number, request: Buffer): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const finish = (answer: Buffer | null) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => finish(null));
    socket.once('connect', () => socket.write(request));
    socket.once('data', finish);
    socket.once('error', () => finish(null));
    socket.once('close', () => finish(null));
  });
}
