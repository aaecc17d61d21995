import { expect, test } from '@jest/globals';
import { copiesAmong } from './topic-admin.ts';

test.each([
  [1, 1, 1],
  [2, 1, 1],
  [3, 3, 2],
  [6, 3, 2],
])('among %i brokers there are %i copies, of which %i must have a record', (brokers, copies, inSync) => {
  expect(copiesAmong(brokers)).toEqual({ replicationFactor: copies, minInSyncReplicas: inSync });
});
