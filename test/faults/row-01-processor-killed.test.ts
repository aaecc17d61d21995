/**
 * Row 1 of reliability.md section 3: the processor is killed with SIGKILL at named points, seen by a proxy before the broker, while
 * submissions keep coming. Needs Kafka, the registry and the oracle beside the checkout.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Passing } from '../../testing/broker-proxy.ts';
import type { RequestKind } from '../../testing/frames.ts';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

/**
 * When the process dies. 'lost': the request is sent, but never arrives. 'arrives': it does, and nobody is left to hear the
 * answer. 'answered': a moment after the answer has come.
 */
type Point = {
  readonly name: string;
  readonly kind: RequestKind;
  readonly dies: 'lost' | 'arrives' | 'answered';
  /** Passed only while a process starts. */
  readonly isStart: boolean;
};

const running = { isStart: false } as const;
const starting = { isStart: true } as const;

const points: readonly Point[] = [
  { name: 'after a poll', kind: 'fetch', dies: 'answered', ...running },
  { name: 'before the outputs arrive', kind: 'produce', dies: 'lost', ...running },
  { name: 'mid-produce', kind: 'produce', dies: 'arrives', ...running },
  { name: 'before the offsets arrive', kind: 'txnOffsetCommit', dies: 'lost', ...running },
  { name: 'after the offsets', kind: 'txnOffsetCommit', dies: 'arrives', ...running },
  { name: 'before the commit arrives', kind: 'endTxn', dies: 'lost', ...running },
  { name: 'while committing', kind: 'endTxn', dies: 'arrives', ...running },
  { name: 'after the commit', kind: 'endTxn', dies: 'answered', ...running },
  { name: 'while registering', kind: 'initProducerId', dies: 'arrives', ...starting },
  { name: 'while joining', kind: 'joinGroup', dies: 'arrives', ...starting },
  { name: 'while taking its partitions', kind: 'syncGroup', dies: 'answered', ...starting },
  { name: 'in restore', kind: 'listOffsets', dies: 'arrives', ...starting },
];

/** An answer to a fetch without records is shorter. */
const FETCHED_BYTES_MIN = 2_000;
/** In the short forms every point gets its turn within two runs of the first ten. */
const KILLS = scaled({ quick: 6, short: 12, long: 1_000 });
const PER_SECOND = 150;

let scene: FaultStack;
const hits = new Hits(1, KILLS >= points.length ? points.map(({ name }) => name) : []);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start();
}, 180_000);

afterAll(async () => scene?.destroy(), 60_000);

function isAt(point: Point, frame: Passing): boolean {
  const { kind, side, clientId, bytes } = frame;
  const isPoll = kind === 'fetch';
  return (
    clientId === 'streams-1' &&
    kind === point.kind &&
    side === (point.dies === 'answered' ? 'answer' : 'request') &&
    (!isPoll || bytes >= FETCHED_BYTES_MIN)
  );
}

/** Kills the processor at this point and brings it back; resolves with the seconds until it was at work again. */
async function killAt(point: Point): Promise<number> {
  const processor = scene.processor(1);
  if (point.isStart && processor.isAlive) await processor.kill();
  let killedMs = 0;
  const passing = scene.proxy.next(
    (frame) => isAt(point, frame),
    async () => {
      if (point.dies === 'answered') {
        void dieSoon();
        return 'pass';
      }
      killedMs = Date.now();
      await processor.kill();
      return point.dies === 'lost' ? 'silence' : 'pass';
    },
  );
  const dieSoon = async (): Promise<void> => {
    await sleep(Math.random() * 3);
    killedMs = Date.now();
    await processor.kill();
  };
  if (!processor.isAlive) processor.start();
  await passing;
  await processor.ended();
  processor.start();
  return scene.untilProgress(killedMs);
}

(hasOracle ? describe : describe.skip)('the processor killed at named points', () => {
  test(
    `${KILLS} times, while submissions keep coming: 0 differences`,
    async () => {
      const load = scene.load(PER_SECOND);
      for (let kill = 0; kill < KILLS; kill++) {
        const point = points[(kill * 5) % points.length] as Point;
        hits.measure('seconds from a kill to progress', await killAt(point));
        hits.count(point.name);
      }
      await load.stop();
      await scene.untilProcessed();
      hits.measure('submissions', load.sent);
      expect(await scene.differences()).toMatch(/: 0 differences$/);
      hits.demandAll();
    },
    300_000 + KILLS * 15_000,
  );
});
