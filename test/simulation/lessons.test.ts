/**
 * What broken predecessors of this processor taught, each as a script: the processor is brought into exactly that situation, and
 * must come out of it with nothing lost and nothing twice. The situations are those in which a batch fetched before a rebalance was
 * committed after it, offsets were read under a pending transaction, a process ended at a rebalance instead of joining again, a
 * refusal that only says "not yet" was taken for a failure, and a second start under the same transactional id failed.
 */
import { topics } from '@fluxo/schemas';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { kafkaErrors as E } from '../../kafka/error-codes.ts';
import type { FetchAnswer, OffsetFetchRequest, TxnOffsetCommitRequest } from '../../kafka/requests.ts';

import { Catalogue } from '../../testing/simulation/catalogue.ts';
import { usualFate } from '../../testing/simulation/network.ts';
import { arriveAll, errorCodesIn, hasRecords, later, stage, until } from './stage.ts';

/** Simulated time is cheap, but a busy machine may take its own. */
jest.setTimeout(60_000);

let catalogue: Catalogue;

beforeAll(async () => {
  catalogue = await Catalogue.open();
});

describe('a batch fetched before a rebalance', () => {
  /** p1 stands still with a batch in its hands until p2 has taken over and done everything. */
  const script = async () => {
    let isArmed = false;
    const staged = stage(catalogue, (exchange) => {
      if (!isArmed || exchange.name !== 'fetch' || !hasRecords(exchange)) return false;
      isArmed = false;
      return true;
    });
    const { world } = staged;
    world.fleet.start('p1');
    await until(
      world,
      () =>
        world.fleet.running.length === 1 &&
        staged.lines.some((line) => line.includes('p1 restored partition 1')),
    );
    await later(world, 200);
    isArmed = true;
    arriveAll(world, 'first half');
    await until(world, () => world.fleet.running.length === 0);
    const [zombie] = world.fleet.all;
    world.fleet.start('p2');
    arriveAll(world, 'second half');
    await until(world, () => world.judge.isFinished);
    const heldFrom = staged.exchanges.length;
    zombie?.thaw();
    await later(world, 3_000);
    return { ...staged, afterThaw: staged.exchanges.slice(heldFrom) };
  };

  test('is not committed after it: the request carries the membership it was read under, and is refused', async () => {
    const { world, afterThaw } = await script();
    const commits = afterThaw.filter(({ name }) => name === 'txnOffsetCommit');
    expect(commits.flatMap(errorCodesIn)).toEqual(expect.arrayContaining([E.UNKNOWN_MEMBER_ID]));
    await world.finish();
  });

  test('costs the process nothing but what it held: it joins again and goes on', async () => {
    const { world, lines } = await script();
    const settled = lines.findIndex((line) => line.includes('p1 settled stale-generation: membership-lost'));
    expect(settled).toBeGreaterThan(0);
    expect(lines.slice(settled).some((line) => line.includes('p1 is assigned'))).toBe(true);
    expect(lines.filter((line) => line.includes('p1 ends'))).toEqual([]);
    await world.finish();
  });
});

describe('offsets under a pending transaction', () => {
  test('are waited for, with require_stable, and matched to their partitions', async () => {
    const { world, exchanges, lines } = stage(catalogue);
    world.fleet.start('p1');
    arriveAll(world, 'first half');
    await until(world, () => world.judge.commits >= 3);
    world.cluster.markerDelayMs = (place) => (place.startsWith('offsets') ? 9_000 : 1);
    const { commits } = world.judge;
    await until(world, () => world.judge.commits > commits);
    for (const process of world.fleet.running) process.kill();
    world.fleet.start('p2');
    await until(world, () => lines.some((line) => line.includes('p2 restored partition')));
    const asked = exchanges.filter(({ name }) => name === 'offsetFetch');
    expect(asked.every(({ request }) => (request as OffsetFetchRequest).requireStable)).toBe(true);
    expect(asked.flatMap(errorCodesIn)).toContain(E.UNSTABLE_OFFSET_COMMIT);
    const restored = lines.find((line) => line.includes('p2 restored partition')) ?? '';
    const [, partition = '', position = ''] = restored.match(/partition (\d+) from .*, at (\d+)$/) ?? [];
    expect(Number(position)).toBe(world.judge.positions[Number(partition)]);
    world.cluster.markerDelayMs = () => 1;
    arriveAll(world, 'second half');
    await world.finish();
  });
});

describe('a transaction whose predecessor is still being completed', () => {
  test('is refused at its first request, the offsets, which are sent again; records follow once they are in', async () => {
    const { world, exchanges } = stage(catalogue);
    world.fleet.start('p1');
    arriveAll(world, 'first half');
    await until(world, () => world.judge.commits >= 1);
    world.cluster.markerDelayMs = () => 400;
    arriveAll(world, 'second half');
    await until(world, () => world.judge.isFinished);
    world.cluster.markerDelayMs = () => 1;
    const refused = exchanges.filter((exchange) => errorCodesIn(exchange).some(isNotYet));
    expect(new Set(refused.map(({ name }) => name))).toEqual(new Set(['txnOffsetCommit']));
    for (const { request } of refused) {
      const sent = exchanges.filter((each) => each.name === 'txnOffsetCommit' && each.request === request);
      expect(sent.map((each) => errorCodesIn(each).some(isNotYet)).at(-1)).toBe(false);
    }
    await world.finish();
  });
});

/** What says that the transaction before is not complete: the coordinator's own word, and the one for outputs. */
function isNotYet(errorCode: number): boolean {
  return errorCode === E.CONCURRENT_TRANSACTIONS || errorCode === E.NOT_ENOUGH_REPLICAS;
}

describe('a second start under the same transactional id', () => {
  test('ends what the first left open, under a higher epoch, and goes on', async () => {
    const { world, exchanges, lines } = stage(catalogue);
    world.fleet.start('p1');
    arriveAll(world, 'first half');
    await until(world, () => world.judge.commits >= 2);
    world.ambushes.add({ api: 'endTxn', fault: 'killed-before-request' });
    await until(world, () => world.hits === 1);
    expect(world.cluster.transactions.unfinished).toBe(1);
    await until(world, () => lines.filter((line) => line.includes('p1 is assigned')).length === 2);
    const inits = exchanges.filter(({ name }) => name === 'initProducerId');
    const identities = inits.flatMap(({ answer }) => {
      const { errorCode, producerId, producerEpoch } = answer as {
        errorCode: number;
        producerId: number;
        producerEpoch: number;
      };
      return errorCode === E.NONE ? [{ producerId, producerEpoch }] : [];
    });
    const [first, second] = identities;
    expect(second?.producerId).toBe(first?.producerId);
    expect(second?.producerEpoch).toBeGreaterThan(first?.producerEpoch ?? 0);
    expect(inits.flatMap(errorCodesIn)).toContain(E.CONCURRENT_TRANSACTIONS);
    arriveAll(world, 'second half');
    await world.finish();
  });
});

describe('a restore whose broker answers without records and without an error, as one whose tiered storage is slow', () => {
  test('asks again, and counts nothing twice', async () => {
    let isTakingOver = false;
    let answers = 0;
    /** Every second answer that brings records of the ledger to whoever takes over has none instead. */
    const { world, lines } = stage(catalogue, ({ name, answer }, { cluster }) => {
      if (name !== 'fetch' || !isTakingOver) return false;
      for (const partition of (answer as FetchAnswer).partitions) {
        const isOfLedger = cluster.topicById(partition.topicId)?.name === topics.ledger.name;
        if (!isOfLedger || partition.records.length === 0) continue;
        answers += 1;
        if (answers % 2 === 1) Object.assign(partition, { records: Buffer.alloc(0), aborted: [] });
      }
      return false;
    });
    world.fleet.start('p1');
    arriveAll(world, 'first half');
    await until(world, () => world.judge.commits >= 3);
    await later(world, 2_000);
    for (const process of world.fleet.running) process.kill();
    isTakingOver = true;
    world.fleet.start('p2');
    arriveAll(world, 'second half');
    await until(world, () => lines.some((line) => line.includes('p2 restored partition 1')));
    expect(answers).toBeGreaterThan(0);
    await world.finish();
  });
});

describe('processes that are killed as soon as they have left their notes', () => {
  test('have not died of a record: no partition stands still for it', async () => {
    let livesToEnd = 3;
    const { world, lines } = stage(catalogue, ({ name }) => name === 'endTxn' && livesToEnd > 0);
    arriveAll(world, 'first half');
    arriveAll(world, 'second half');
    while (livesToEnd > 0) {
      world.fleet.start('p1');
      await until(world, () => world.fleet.running.length === 0);
      world.fleet.all[0]?.kill();
      livesToEnd -= 1;
    }
    world.fleet.start('p1');
    await world.finish();
    expect(lines.filter((line) => line.includes('paused'))).toEqual([]);
  });
});

describe('a note of where processing begins, held up on its way until it has long been given up', () => {
  test('is refused when it arrives: the committed offset does not go back, and the next process goes on from it', async () => {
    const { world, exchanges, lines } = stage(catalogue);
    const { ambushes } = world;
    const usual = ambushes.fateOf.bind(ambushes);
    let held = 0;
    ambushes.fateOf = (client, api) => {
      if (api !== 'txnOffsetCommit' || held > 0) return usual(client, api);
      held += 1;
      return { ...usualFate, requestDelayMs: 30_000 };
    };
    world.fleet.start('p1');
    arriveAll(world, 'first half');
    arriveAll(world, 'second half');
    await until(world, () => world.judge.isFinished);
    expect(held).toBe(1);
    const sent = exchanges.filter(({ name }) => name === 'txnOffsetCommit').slice(0, 1);
    const notes = sent.flatMap(({ request }) => (request as TxnOffsetCommitRequest).offsets);
    expect(notes.map(({ metadata }) => metadata)).toContain('lives 1');
    await later(world, 35_000);
    for (const process of world.fleet.running) process.kill();
    world.fleet.start('p2');
    await until(world, () => lines.some((line) => line.includes('p2 restored partition 1')));
    expect(lines.filter((line) => line.includes('p2 ends'))).toEqual([]);
    await world.finish();
  });
});
