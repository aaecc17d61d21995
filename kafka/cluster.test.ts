/** What a process knows of its cluster when brokers fall silent and leaders move. Time is the test's; brokers answer as it says. */
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { Cluster } from './cluster.ts';
import { type BrokerConnection, type BrokerDialer, TransportFailure } from './requests.ts';

const TOPIC = 'cash.test.v1';
let nowMs: number;
let leader: number;
let epoch: number;
let topicId: string;
/** Hosts that have heard nothing from their cluster since, and go on telling that broker 1 leads in epoch 5 and coordinates. */
let cutOff: ReadonlySet<string>;
let silent: ReadonlySet<string>;
let unreachable: ReadonlySet<string>;
/** Hosts in the order in which they were asked for metadata. */
let asked: string[];
let dialled: string[];
/** All that were ever dialled are cut off at once. */
let cut: () => void;
let cluster: Cluster;

const clock = {
  nowMs: () => nowMs,
  sleep: (ms: number) => {
    nowMs += ms;
    return Promise.resolve();
  },
};

const dialer: BrokerDialer = {
  dial: ({ host }, { requestTimeoutMs }) => {
    dialled.push(host);
    if (unreachable.has(host)) return Promise.reject(new TransportFailure('not-sent', `no way to ${host}`));
    let isOpen = true;
    const cutOthers = cut;
    cut = () => {
      isOpen = false;
      cutOthers();
    };
    const connection: Partial<BrokerConnection> = {
      metadata: ({ topics }) => {
        asked.push(host);
        if (!silent.has(host)) return Promise.resolve(answer(host, topics));
        nowMs += requestTimeoutMs;
        isOpen = false;
        return Promise.reject(new TransportFailure('unanswered', `no answer from ${host}`));
      },
      findCoordinator: () => {
        const nodeId = cutOff.has(host) ? 1 : leader;
        return Promise.resolve({ ...addressOf(nodeId), nodeId, errorCode: 0, errorMessage: null });
      },
      close: () => Promise.resolve(),
    };
    Object.defineProperty(connection, 'isOpen', { get: () => isOpen });
    return Promise.resolve(connection as BrokerConnection);
  },
};

const addressOf = (nodeId: number) => ({ host: `broker-${nodeId}`, port: 9092 });

function answer(host: string, topics: readonly string[]) {
  const [told, leaderEpoch] = cutOff.has(host) ? [1, 5] : [leader, epoch];
  return {
    brokers: [1, 2, 3].map((nodeId) => ({ nodeId, ...addressOf(nodeId) })),
    topics: topics.map((name) => ({
      errorCode: 0,
      name,
      topicId,
      partitions: [{ errorCode: 0, partition: 0, leader: told, leaderEpoch }],
    })),
  };
}

beforeEach(async () => {
  nowMs = 1_000_000;
  [leader, epoch, topicId] = [1, 5, 'an-id'];
  cutOff = new Set();
  silent = new Set();
  unreachable = new Set();
  [asked, dialled, cut] = [[], [], () => {}];
  const brokers = ['broker-1:9092', 'broker-2:9092', 'broker-3:9092'];
  cluster = await Cluster.connect({ clientId: 'test', brokers, clock, dialer });
});

describe('a broker that takes connections and answers nothing', () => {
  beforeEach(() => {
    silent = new Set(['broker-1']);
    leader = 2;
  });

  test('is asked once, then the others', async () => {
    asked = [];
    expect(await cluster.leaderOf(TOPIC, 0)).toBe(2);
    expect(asked).toEqual(['broker-1', 'broker-2']);
  });

  test('is not what is asked next time, nor for a minute, while others answer', async () => {
    await cluster.topic(TOPIC);
    asked = [];
    for (let doubt = 0; doubt < 4; doubt += 1) {
      cluster.forgetTopic(TOPIC);
      expect(await cluster.leaderOf(TOPIC, 0)).toBe(2);
    }
    expect(asked).toEqual(['broker-3', 'broker-2', 'broker-3', 'broker-2']);
  });

  test('is asked like the others when it has come back', async () => {
    await cluster.topic(TOPIC);
    silent = new Set();
    nowMs += 61_000;
    asked = [];
    for (let doubt = 0; doubt < 3; doubt += 1) {
      cluster.forgetTopic(TOPIC);
      await cluster.topic(TOPIC);
    }
    expect(asked.toSorted()).toEqual(['broker-1', 'broker-2', 'broker-3']);
  });

  test('is passed over with another such one, until the third answers', async () => {
    silent = new Set(['broker-1', 'broker-2']);
    asked = [];
    expect(await cluster.leaderOf(TOPIC, 0)).toBe(2);
    expect(asked).toEqual(['broker-1', 'broker-2', 'broker-3']);
  });

  test('is asked again when all others have fallen silent too', async () => {
    await cluster.topic(TOPIC);
    silent = new Set(['broker-2', 'broker-3']);
    cluster.forgetTopic(TOPIC);
    expect(await cluster.leaderOf(TOPIC, 0)).toBe(2);
  });
});

test('a broker that could not be reached is not tried first again', async () => {
  unreachable = new Set(['broker-1']);
  cut();
  await cluster.topic(TOPIC);
  dialled = [];
  cut();
  cluster.forgetTopic(TOPIC);
  await cluster.topic(TOPIC);
  expect(dialled).toEqual(['broker-3']);
});

describe('a leader that has moved without anybody being told', () => {
  test('is found within a minute or two, and nobody waits for it', async () => {
    expect(await cluster.leaderOf(TOPIC, 0)).toBe(1);
    leader = 3;
    nowMs += 61_000;
    expect(await cluster.leaderOf(TOPIC, 0)).toBe(1);
    await setImmediate();
    expect(await cluster.leaderOf(TOPIC, 0)).toBe(3);
  });

  test('is not asked for with every question', async () => {
    await cluster.topic(TOPIC);
    asked = [];
    nowMs += 61_000;
    for (let question = 0; question < 5; question += 1) await cluster.topic(TOPIC);
    nowMs += 59_000;
    await cluster.topic(TOPIC);
    expect(asked).toHaveLength(1);
  });

  test('keeps what is known while nobody answers', async () => {
    await cluster.topic(TOPIC);
    silent = new Set(['broker-1', 'broker-2', 'broker-3']);
    nowMs += 61_000;
    expect(await cluster.leaderOf(TOPIC, 0)).toBe(1);
  });
});

describe('a leader that is cut off from its cluster and does not know it', () => {
  beforeEach(async () => {
    await cluster.topic(TOPIC);
    cutOff = new Set(['broker-1']);
    [leader, epoch] = [2, 6];
    asked = [];
  });

  test('is not who is asked whether it still leads', async () => {
    nowMs += 61_000;
    await cluster.topic(TOPIC);
    await setImmediate();
    expect(await cluster.leaderOf(TOPIC, 0)).toBe(2);
    expect(asked).toEqual(['broker-2']);
  });

  test('is not believed once somebody knows better, however often it is asked', async () => {
    for (let doubt = 0; doubt < 6; doubt += 1) {
      cluster.forgetTopic(TOPIC);
      expect(await cluster.leaderOf(TOPIC, 0)).toBe(2);
    }
    expect(asked).toContain('broker-1');
  });

  test('what it says of a topic does not count against one of that name that was made anew', async () => {
    cluster.forgetTopic(TOPIC);
    expect(await cluster.leaderOf(TOPIC, 0)).toBe(2);
    [topicId, leader, epoch] = ['another-id', 3, 0];
    cluster.forgetTopic(TOPIC);
    expect(await cluster.leaderOf(TOPIC, 0)).toBe(3);
  });

  test('is not who is asked twice who coordinates', async () => {
    expect(await cluster.coordinatorOf('group', 'g')).toBe(1);
    cluster.forgetCoordinator('group', 'g');
    expect(await cluster.coordinatorOf('group', 'g')).toBe(2);
  });
});

test('doubts of many at once are one: the next broker is asked, and each has one connection', async () => {
  dialled = [];
  for (let round = 0; round < 4; round += 1) {
    for (let caller = 0; caller < 12; caller += 1) cluster.forgetTopic(TOPIC);
    await Promise.all([cluster.topic(TOPIC), cluster.topic(TOPIC)]);
  }
  expect(asked).toEqual([
    'broker-1',
    ...[2, 3, 1, 2].flatMap((node) => [`broker-${node}`, `broker-${node}`]),
  ]);
  expect(dialled.toSorted()).toEqual(['broker-2', 'broker-3']);
});
