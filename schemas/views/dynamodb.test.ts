import { describe, expect, test } from '@jest/globals';
import { DYNAMO_BEHIND_DAYS, DYNAMO_LATEST_ITEM, dynamoDayItem, dynamoTableOf } from './dynamodb.ts';

describe('the address of the table', () => {
  test('in AWS names the region, on this machine there is none', () => {
    expect(dynamoTableOf('https://dynamodb.sa-east-1.amazonaws.com/fluxo-views')).toEqual({
      table: 'fluxo-views',
      endpoint: 'https://dynamodb.sa-east-1.amazonaws.com',
      region: 'sa-east-1',
      isLocal: false,
    });
    expect(dynamoTableOf('http://127.0.0.1:21009/fluxo-views')).toMatchObject({
      endpoint: 'http://127.0.0.1:21009',
      isLocal: true,
    });
  });

  test.each([
    '',
    'fluxo-views',
    'http://127.0.0.1:21009',
    'http://127.0.0.1:21009/a/b',
    // A local address that says https would be sent the credentials of AWS.
    'https://127.0.0.1:21009/fluxo-views',
    'https://dynamodb.sa-east-1.amazonaws.com.evil.example/fluxo-views',
    'redis://127.0.0.1/fluxo-views',
  ])('%j is refused', (address) => {
    expect(() => dynamoTableOf(address)).toThrow(/no address of a DynamoDB table/);
  });
});

test('days sort by date, and before everything else of a merchant', () => {
  const items = [dynamoDayItem(20_000), dynamoDayItem(20_001), DYNAMO_BEHIND_DAYS, DYNAMO_LATEST_ITEM];
  expect(items.toSorted()).toEqual(items);
});
