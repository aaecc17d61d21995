/**
 * Sessions of a broker that end (KIP-368, `connections.max.reauth.ms`). A broker of our own stands in, which lets people in for a second and a half:
 * it speaks TLS and SCRAM-SHA-512, answers fetches with nothing, and cuts off whoever asks for something in the middle of a sign-in, as Kafka does.
 */
import { createHmac, pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Secret } from '../kafka/broker-access.ts';
import { Lane } from '../kafka/lane.ts';
import { WireDialer } from '../kafka/wire/wire-dialer.ts';
import { certificateFiles, makeCertificates } from '../stack/secured/certificates.ts';
import { onFrames } from '../testing/frames.ts';
import { int16, int32, int64, string } from '../testing/wire-values.ts';

const SESSION_MS = 1_500;
const PASSWORD = 'a-password';
const ITERATIONS = 4_096;
const apiKeys = { fetch: 1, handshake: 17, apiVersions: 18, authenticate: 36 } as const;

let folder: string;
let server: Server;
let open: Set<TLSSocket>;
let opened: number;
let signIns: number;
let cutsSignIns: boolean;
/** How long everything but the first sign-in takes, milliseconds. */
let answerMs: number;
let handshakes: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluxo-sign-in-'));
  makeCertificates({ folder, names: ['IP:127.0.0.1'] });
  const pair = readFileSync(join(folder, certificateFiles.broker));
  [open, opened, signIns, handshakes, cutsSignIns, answerMs] = [new Set(), 0, 0, 0, false, 50];
  server = createServer({ key: pair, cert: pair }, serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const socket of open) socket.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

function serve(socket: TLSSocket): void {
  open.add(socket);
  opened += 1;
  socket.on('close', () => open.delete(socket)).on('error', () => {});
  let conversation: string[] | null = null;
  let answered = Promise.resolve();
  onFrames(socket, (frame) => {
    answered = answered.then(() => answer(Buffer.from(frame)));
  });

  async function answer(frame: Buffer): Promise<void> {
    const kind = frame.readInt16BE(4);
    const reply = (...body: Buffer[]): void => {
      const message = Buffer.concat([int32(frame.readInt32BE(8)), ...body]);
      socket.write(Buffer.concat([int32(message.length), message]));
    };
    if (kind === apiKeys.apiVersions)
      return reply(int16(0), int32(1), int16(apiKeys.authenticate), int16(0), int16(1), int32(0));
    if (kind === apiKeys.handshake) {
      handshakes += 1;
      if (signIns > 0) await sleep(answerMs);
      if (cutsSignIns) {
        await sleep(200);
        return void socket.destroy();
      }
      conversation = [];
      return reply(int16(0), int32(1), string('SCRAM-SHA-512'));
    }
    if (kind === apiKeys.authenticate) {
      const said = frame.subarray(14 + Math.max(0, frame.readInt16BE(12)));
      const [bytes, isLast] = scramAnswer(
        said.toString('utf8', 4, 4 + said.readInt32BE(0)),
        conversation ?? [],
      );
      if (isLast) [conversation, signIns] = [null, signIns + 1];
      return reply(int16(0), int16(-1), int32(bytes.length), bytes, int64(isLast ? SESSION_MS : 0));
    }
    if (conversation !== null) return void socket.destroy();
    await sleep(answerMs);
    reply(Buffer.from([0]), int32(0), int16(0), int32(0), Buffer.from([1, 0]));
  }
}

/** RFC 5802: what the server says next, and whether that is its last word. */
function scramAnswer(said: string, before: string[]): readonly [Buffer, boolean] {
  if (before.length === 0) {
    const first = said.replace(/^n,,/, '');
    const nonce = /r=([^,]+)/.exec(first)?.[1];
    const challenge = `r=${nonce}more,s=${Buffer.from('salt').toString('base64')},i=${ITERATIONS}`;
    before.push(first, challenge);
    return [Buffer.from(challenge), false];
  }
  const salted = pbkdf2Sync(PASSWORD, 'salt', ITERATIONS, 64, 'sha512');
  const conversation = [...before, said.replace(/,p=.*$/, '')].join(',');
  return [Buffer.from(`v=${hmac(hmac(salted, 'Server Key'), conversation).toString('base64')}`), true];
}

const hmac = (key: Buffer, what: string): Buffer => createHmac('sha512', key).update(what).digest();

function laneToBroker(requestTimeoutMs = 5_000): Lane {
  const authorities = readFileSync(join(folder, certificateFiles.authority), 'utf8');
  const dialer = new WireDialer('test', { user: 'somebody', password: new Secret(PASSWORD), authorities });
  const { port } = server.address() as AddressInfo;
  return new Lane({
    dial: () => dialer.dial({ host: '127.0.0.1', port }, { requestTimeoutMs }),
  });
}

async function fetchNothing(lane: Lane): Promise<void> {
  const broker = await lane.to(1);
  await broker.fetch({ maxWaitMs: 50, maxBytes: 1, isolation: 'read_committed', partitions: [] });
}

test('a lane keeps its one connection over many sign-ins, and asks nothing in the middle of one', async () => {
  const lane = laneToBroker();
  while (signIns < 4) await fetchNothing(lane);
  expect([opened, open.size]).toEqual([1, 1]);
  await lane.close();
  await sleep(100);
  expect(open.size).toBe(0);
}, 60_000);

test('what waited for a sign-in that was cut off was never sent, and says so', async () => {
  const lane = laneToBroker();
  await fetchNothing(lane);
  cutsSignIns = true;
  const failure = await untilFailure(() => fetchNothing(lane));
  expect(failure).toMatchObject({ name: 'TransportFailure', kind: 'not-sent' });
  await lane.close();
}, 60_000);

async function untilFailure(attempt: () => Promise<void>): Promise<unknown> {
  for (;;) {
    try {
      await attempt();
    } catch (failure) {
      return failure;
    }
  }
}

test('a connection that was cut off does not come back to life when its next sign-in is due', async () => {
  const lane = laneToBroker();
  await fetchNothing(lane);
  for (const socket of open) socket.destroy();
  await sleep(SESSION_MS);
  await fetchNothing(lane);
  expect(opened).toBe(2);
  await lane.close();
}, 60_000);

test('what waits for a sign-in has no more time than anything else: it counts from the call', async () => {
  const lane = laneToBroker(1_000);
  await fetchNothing(lane);
  answerMs = 700;
  while (handshakes < 2) await sleep(5);
  const calledAt = performance.now();
  await expect(fetchNothing(lane)).rejects.toMatchObject({ name: 'TransportFailure', kind: 'unanswered' });
  expect(performance.now() - calledAt).toBeLessThan(1_300);
  await lane.close();
}, 60_000);
