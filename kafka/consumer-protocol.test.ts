import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AssignerProtocol } from 'kafkajs';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-protocol.ts';

const TOPIC = 'cash.x.v1';
const partitionLists = fc.uniqueArray(fc.nat({ max: 1_000 }), { maxLength: 30 });

test('a subscription comes back as it was', () => {
  fc.assert(
    fc.property(partitionLists, fc.integer({ min: -1, max: 1e6 }), (owned, generationId) => {
      const subscription = { topic: TOPIC, owned, generationId };
      expect(decodeSubscription(encodeSubscription(subscription), TOPIC)).toEqual(subscription);
    }),
  );
});

test('an assignment comes back as it was, ascending', () => {
  fc.assert(
    fc.property(partitionLists, (partitions) => {
      const ascending = partitions.toSorted((a, b) => a - b);
      expect(decodeAssignment(encodeAssignment(TOPIC, partitions), TOPIC)).toEqual(ascending);
    }),
  );
});

test('no assignment at all is an empty one', () => {
  expect(decodeAssignment(new Uint8Array(), TOPIC)).toEqual([]);
});

test('another client understands both, and we understand its', () => {
  const { MemberMetadata, MemberAssignment } = AssignerProtocol;
  const ours = encodeSubscription({ topic: TOPIC, owned: [1], generationId: 4 });
  expect(MemberMetadata.decode(Buffer.from(ours))).toMatchObject({ topics: [TOPIC] });
  expect(MemberAssignment.decode(Buffer.from(encodeAssignment(TOPIC, [2, 5])))).toMatchObject({
    assignment: { [TOPIC]: [2, 5] },
  });
  const theirs = MemberMetadata.encode({ version: 0, topics: [TOPIC], userData: Buffer.alloc(0) });
  expect(decodeSubscription(theirs, TOPIC)).toEqual({ topic: TOPIC, owned: [], generationId: -1 });
});
