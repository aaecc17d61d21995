/** Whether Redis holds of every document the version that the topic holds last, asked on a real stack. */
import { REDIS_VIEW_PREFIX, topics } from '@fluxo/schemas';
import type { Redis } from 'ioredis';
import { fluxo } from '../../testing/fluxo-command.ts';
import type { FaultStack } from './fault-stack.ts';

/** Key → revision of every document as the topic holds it last. */
export async function topicRevisions(scene: FaultStack): Promise<ReadonlyMap<string, number>> {
  const lines = (await fluxo(['dump', topics.dailyBalances.name], scene.stack.env)).trim().split('\n');
  type Line = { readonly key: string; readonly value: { readonly revision: number } };
  return new Map(
    lines.map((line) => JSON.parse(line) as Line).map(({ key, value }) => [key, value.revision]),
  );
}

/** Documents of the topic that Redis lacks or holds in another version. */
export async function differingDocuments(scene: FaultStack, redis: Redis): Promise<number> {
  let different = 0;
  for (const [key, revision] of await topicRevisions(scene)) {
    const [merchantId, date] = key.split('|');
    const stored = await redis.hget(`${REDIS_VIEW_PREFIX}{${merchantId}}:${date}`, 'revision');
    if (Number(stored) !== revision) different += 1;
  }
  return different;
}

/** Resolves when everything submitted is processed and stands in Redis; fails like `FaultStack.until`. */
export async function untilEqual(scene: FaultStack, redis: Redis): Promise<void> {
  await scene.untilProcessed();
  await scene.until('Redis equals the topic', async () => (await differingDocuments(scene, redis)) === 0);
}
