/**
 * A broker that is cut off from its cluster and does not know: whoever can still reach it is told who leads as it was then, and where
 * its own log ended. A process that begins with it must not restore from there, because what was published since would be missing.
 */
import { consumerGroups, topics } from '@fluxo/schemas';
import { expect, jest, test } from '@jest/globals';
import {
  type BrokerConnection,
  type BrokerDialer,
  type FetchRequest,
  type ListOffsetsRequest,
  LOG_START,
  type MetadataRequest,
  TransportFailure,
} from '../../kafka/requests.ts';
import type { PartitionLog } from '../../testing/simulation/broker/partition-log.ts';
import { placeOf } from '../../testing/simulation/broker/simulated-cluster.ts';
import { Catalogue } from '../../testing/simulation/catalogue.ts';
import { World } from '../../testing/simulation/world.ts';
import { until } from './stage.ts';

jest.setTimeout(60_000);

/** The broker that processes ask first, and the one partition that it leads. */
const NODE = 1;
const PLACE = { topic: topics.merchants.name, partition: 0 };

/** What the broker answers once it is cut off, its log ending there. */
function asOfThen(connection: BrokerConnection, log: PartitionLog, end: number) {
  return {
    metadata: async (request: MetadataRequest) => {
      const answer = await connection.metadata(request);
      const told = answer.topics.find(({ name }) => name === PLACE.topic)?.partitions[PLACE.partition];
      if (told !== undefined) Object.assign(told, { leader: NODE, leaderEpoch: 0 });
      return answer;
    },
    listOffsets: async ({ partitions: [asked] }: ListOffsetsRequest) => ({
      partitions: [{ ...PLACE, errorCode: 0, offset: asked?.timestampMs === LOG_START ? log.start : end }],
    }),
    fetch: async ({ isolation, partitions }: FetchRequest) => ({
      errorCode: 0,
      partitions: partitions.map((wanted) => ({
        ...wanted,
        errorCode: 0,
        highWatermark: end,
        lastStableOffset: end,
        ...log.read({ ...wanted, isolation }),
      })),
    }),
    produce: () => Promise.reject(new TransportFailure('unanswered', 'no other replica has it')),
  };
}

/** Everything but `PLACE` is moved away from the broker, which can be cut off then. */
function worldWith(catalogue: Catalogue, seed: number) {
  let end: number | null = null;
  const through = (dialer: BrokerDialer): BrokerDialer => ({
    dial: async (address, options) => {
      const connection = await dialer.dial(address, options);
      if (world.cluster.nodeAt(address) !== NODE) return connection;
      return new Proxy(connection, {
        get: (target, name) => {
          const then = end === null ? {} : asOfThen(target, log, end);
          const own: unknown = Reflect.get(name in then ? then : target, name);
          return typeof own === 'function' ? own.bind(target) : own;
        },
      });
    },
  });
  const world: World = new World({ seed, nodes: 2, through, ...catalogue.materialFor(seed) });
  const { cluster } = world;
  const log = cluster.log(PLACE.topic, PLACE.partition) as PartitionLog;
  for (const [topic, { partitions }] of cluster.topics)
    for (const partition of partitions.keys())
      if (topic !== PLACE.topic || partition !== PLACE.partition)
        if (cluster.leaderOf({ topic, partition }) === NODE) cluster.move(placeOf({ topic, partition }));
  if (cluster.coordinatorOf('group', consumerGroups.streams) === NODE)
    cluster.move(`group ${consumerGroups.streams}`);
  const cutOff = (): void => {
    end = log.end;
    cluster.move(placeOf(PLACE));
  };
  return { world, cutOff };
}

/** Lets this share of all submissions arrive and be processed. */
async function arrive(world: World, { from, to }: { readonly from: number; readonly to: number }) {
  for (const all of world.arrivals())
    for (const one of all.slice(Math.floor(all.length * from), Math.floor(all.length * to))) one();
  const ends = world.judge.positions.map(
    (_, partition) => world.cluster.log(topics.submissions.name, partition)?.lastStableOffset,
  );
  await until(world, () =>
    world.judge.positions.every((position, partition) => position === ends[partition]),
  );
}

test.each([4, 9, 22])('nobody restores from what it still holds (seed %i)', async (seed) => {
  const { world, cutOff } = worldWith(await Catalogue.open(), seed);
  world.fleet.start('p1');
  await arrive(world, { from: 0, to: 0.3 });
  cutOff();
  await arrive(world, { from: 0.3, to: 0.7 });
  for (const process of world.fleet.running) process.kill();
  world.fleet.start('p2');
  await arrive(world, { from: 0.7, to: 1 });
  await world.finish();
  expect(world.fleet.all.map(({ state }) => state)).toEqual(['gone', 'gone']);
});
