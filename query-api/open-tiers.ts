/** The views behind the memory, as the environment names them, each within limits of its own. */

import type { StoredCodecs } from './views/decode-stored.ts';
import { DynamodbView } from './views/dynamodb/dynamodb-view.ts';
import { GuardedView } from './views/guarded-view.ts';
import type { ReadingFloor } from './views/reading-floor.ts';
import { RedisView } from './views/redis/redis-view.ts';

/** A healthy Redis answers within a millisecond or two. */
const REDIS_LIMITS = { answerWithinMs: 250, questionsAtOnceMax: 512 } as const;
/** Two rounds of requests that take some 5 ms each within a region; one that is repeated still has its time. */
const DYNAMODB_LIMITS = { answerWithinMs: 1_000, questionsAtOnceMax: 64 } as const;

export type Tiers = { readonly views: readonly GuardedView[]; readonly close: () => void };

/** In the order in which they are asked; none where FLUXO_REDIS and FLUXO_DYNAMODB are absent or empty. */
export function openTiers(
  environment: Readonly<Record<string, string | undefined>>,
  options: { readonly partitions: number; readonly codecs: StoredCodecs; readonly floor: ReadingFloor },
): Tiers {
  const url = environment['FLUXO_REDIS'] ?? '';
  const address = environment['FLUXO_DYNAMODB'] ?? '';
  const redis = url === '' ? null : new RedisView({ ...options, url });
  const dynamodb = address === '' ? null : new DynamodbView({ ...options, address });
  return {
    views: [
      ...(redis === null ? [] : [new GuardedView(redis, REDIS_LIMITS)]),
      ...(dynamodb === null ? [] : [new GuardedView(dynamodb, DYNAMODB_LIMITS)]),
    ],
    close: () => {
      redis?.close();
      dynamodb?.close();
    },
  };
}
