import { expect, test } from '@jest/globals';
import type { Cluster } from './cluster.ts';
import { kafkaErrors } from './error-codes.ts';
import { Fetcher } from './fetcher.ts';

/** One topic of one partition, whose only broker answers every fetch with this error. */
function clusterThatAnswers(errorCode: number): Cluster {
  const part = { topicId: 'id', partition: 0, errorCode };
  const broker = { fetch: () => Promise.resolve({ errorCode: 0, partitions: [part] }) };
  const cluster = {
    clock: { nowMs: () => 0, sleep: () => Promise.resolve() },
    lane: () => ({ to: () => broker }),
    topic: () => ({ name: 'sales', id: 'id', leaders: [1] }),
    forgetTopic: () => {},
  };
  return cluster as unknown as Cluster;
}

test.each([
  ['corrupt-log', kafkaErrors.CORRUPT_MESSAGE, /CORRUPT_MESSAGE.*Bytes were damaged/],
  ['refused', kafkaErrors.TOPIC_AUTHORIZATION_FAILED, /TOPIC_AUTHORIZATION_FAILED.*look at authorization/],
])('what no repetition mends is thrown as %s, says where and what to do', async (code, errorCode, advice) => {
  const fetcher = new Fetcher(clusterThatAnswers(errorCode));
  const fetched = fetcher.fetch([{ topic: 'sales', partition: 0, offset: 7 }], { waitMs: 0 });
  await expect(fetched).rejects.toMatchObject({ code, message: expect.stringMatching(advice) });
  await expect(fetched).rejects.toThrow('sales-0 at 7');
});
