/**
 * The fear: a request of a transaction stays without an answer. Repeating it may double it, giving up may lose it, and a request
 * that was held up on the way may join a later transaction. A TCP proxy between us and the broker loses the answer, or delivers
 * the request much too late. Needs Kafka.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WireDialer } from '../../kafka/wire/wire-dialer.ts';
import { BrokerProxy } from '../../testing/broker-proxy.ts';
import { sharedServers } from '../../testing/servers.ts';
import { KafkaScene } from './kafka-scene.ts';

const REQUEST_TIMEOUT_MS = 700;
const requests = ['produce', 'txnOffsetCommit', 'endTxn'] as const;

let proxy: BrokerProxy;
let scene: KafkaScene;
/** What the output must hold, and where the group must stand, so far. */
let expected: string[] = [];
let position: number | null = null;

beforeAll(async () => {
  proxy = await BrokerProxy.before(sharedServers().kafka);
  scene = await KafkaScene.open('fear-lost', { dialer: proxy.through(new WireDialer('fear-lost')) });
}, 60_000);

afterAll(async () => {
  await scene.close();
  await proxy.close();
});

/** One transaction that loses `lose` of its first `request`, up to the producer that knows what to do next. */
async function transactionWith(fault: { request: (typeof requests)[number]; lose: 'answer' | 'request' }) {
  const member = scene.member('one');
  const assignment = await member.join();
  const producer = scene.producer({ requestTimeoutMs: REQUEST_TIMEOUT_MS });
  await producer.init();
  const name = `${fault.request} ${fault.lose}`;
  const next = (position ?? 0) + 1;
  proxy.loseNext({ kind: fault.request, lose: fault.lose });
  const transaction = (async () => {
    await producer.produce(scene.results([name]));
    await producer.sendOffsets(new Map([[0, next]]), assignment.identity);
    await producer.end('commit');
  })();
  await expect(transaction).rejects.toMatchObject({ code: 'outcome-unknown' });
  expect(proxy.hasHit).toBe(true);
  // Nothing but init helps, and it says so.
  await expect(producer.produce(scene.results(['on a broken producer']))).rejects.toMatchObject({
    code: 'outcome-unknown',
  });
  await expect(producer.end('abort')).rejects.toMatchObject({ code: 'outcome-unknown' });
  await producer.init();
  const committed = (await member.committed(assignment)).get(0)?.offset ?? null;
  return { producer, member, assignment, name, next, committed };
}

describe.each(requests)('%s', (request) => {
  test('its answer is lost: the committed offsets tell what became of the transaction', async () => {
    const { producer, member, name, next, committed } = await transactionWith({ request, lose: 'answer' });
    expect(committed).toBe(request === 'endTxn' ? next : position);
    if (committed === next) expected = [...expected, name];
    position = committed;
    await Promise.all([producer.close(), member.leave()]);
    expect(await scene.read(scene.output)).toEqual(expected);
  }, 60_000);

  test('it arrives after the next transaction has begun, and changes nothing', async () => {
    const { producer, member, assignment, next, committed } = await transactionWith({
      request,
      lose: 'request',
    });
    expect(committed).toBe(position);
    await producer.produce(scene.results([`after ${request}`]));
    const answers = await proxy.deliverLost();
    expect(answers).toHaveLength(1);
    await producer.sendOffsets(new Map([[0, next]]), assignment.identity);
    // Had the late EndTxn reached this transaction, the abort would find nothing left to abort.
    await producer.end('abort');
    expect((await member.committed(assignment)).get(0)?.offset ?? null).toBe(position);
    await producer.produce(scene.results([`committed after ${request}`]));
    await producer.sendOffsets(new Map([[0, next]]), assignment.identity);
    await producer.end('commit');
    expected = [...expected, `committed after ${request}`];
    position = next;
    expect((await member.committed(assignment)).get(0)?.offset).toBe(next);
    await Promise.all([producer.close(), member.leave()]);
    expect(await scene.read(scene.output)).toEqual(expected);
  }, 60_000);
});
