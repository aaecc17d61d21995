/** Topics that are made anew a moment after others of the same name were deleted: the broker needs some time to know the new ones. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createTopics, KafkaFailure, type TopicsOptions } from '@fluxo/kafka';

const ATTEMPTS = 40;
const PAUSE_MS = 250;

/** Like `createTopics`, but patient. */
export async function createFreshTopics(options: TopicsOptions): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await createTopics(options);
      return;
    } catch (error) {
      const isPassing = error instanceof KafkaFailure && error.code === 'temporarily-unavailable';
      if (!isPassing || attempt === ATTEMPTS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
