import { describe, expect, test } from '@jest/globals';
import { protocolErrors } from '@platformatic/kafka';
import { kafkaErrors, nameOfError, type ReactingRequest, reactions, reactionTo } from './error-codes.ts';

const requests = Object.keys(reactions) as ReactingRequest[];
const inTransaction: readonly ReactingRequest[] = ['produce', 'txnOffsetCommit', 'endTxn'];

test('the numbers are those of Kafka, as another implementation lists them', () => {
  const listed = protocolErrors as Readonly<Record<string, { readonly code: number }>>;
  const different = Object.entries(kafkaErrors).filter(([name, code]) => listed[name]?.code !== code);
  expect(different).toEqual([]);
});

describe('inside a transaction', () => {
  test.each(inTransaction)('%s: an error nobody foresaw leaves the outcome unknown', (request) => {
    expect(reactionTo(request, 9_999)).toBe('outcome-unknown');
  });

  test.each(inTransaction)(
    '%s: an epoch that is no longer ours ends the process, under both names',
    (request) => {
      expect(reactionTo(request, kafkaErrors.INVALID_PRODUCER_EPOCH)).toBe('producer-fenced');
      expect(reactionTo(request, kafkaErrors.PRODUCER_FENCED)).toBe('producer-fenced');
    },
  );

  test.each(inTransaction)('%s: the former transaction may still be completing', (request) => {
    expect(reactionTo(request, kafkaErrors.CONCURRENT_TRANSACTIONS)).toBe('retry');
  });

  test.each(inTransaction)(
    '%s: a broker that timed out may have done it, so it is not repeated',
    (request) => {
      expect(reactionTo(request, kafkaErrors.REQUEST_TIMED_OUT)).toBe('outcome-unknown');
    },
  );

  test('produce: CONCURRENT_TRANSACTIONS also comes disguised as NOT_ENOUGH_REPLICAS', () => {
    expect(reactionTo('produce', kafkaErrors.NOT_ENOUGH_REPLICAS)).toBe('retry');
  });

  test('produce: a retry that meets its own first attempt has succeeded', () => {
    expect(reactionTo('produce', kafkaErrors.DUPLICATE_SEQUENCE_NUMBER)).toBe('done');
  });

  test.each([
    kafkaErrors.ILLEGAL_GENERATION,
    kafkaErrors.UNKNOWN_MEMBER_ID,
    kafkaErrors.REBALANCE_IN_PROGRESS,
  ])('txnOffsetCommit: %d says that the partitions are others’', (errorCode) => {
    expect(reactionTo('txnOffsetCommit', errorCode)).toBe('stale-generation');
  });
});

test.each(requests)('%s: what is forbidden is not asked again', (request) => {
  expect(reactionTo(request, kafkaErrors.TOPIC_AUTHORIZATION_FAILED)).toBe('refused');
});

test.each(requests)('%s: success is success, and only success', (request) => {
  const successes = Object.values(kafkaErrors).filter(
    (errorCode) => reactionTo(request, errorCode) === 'done',
  );
  const expected = request === 'produce' ? [0, kafkaErrors.DUPLICATE_SEQUENCE_NUMBER] : [0];
  expect(successes).toEqual(expected);
});

test('messages name an error by Kafka’s word and number', () => {
  expect(nameOfError(19)).toBe('NOT_ENOUGH_REPLICAS (19)');
  expect(nameOfError(1_234)).toBe('error (1234)');
});
