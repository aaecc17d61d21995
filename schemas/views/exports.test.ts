import { expect, test } from '@jest/globals';
import { exportBucketOf, exportKey } from './exports.ts';

test('of several closings of a day the last in the list is the newest', () => {
  const day = { merchantId: 'm-1', businessDate: '2026-03-01' };
  const keys = [9, 10, 2 ** 53 - 1].map((ledgerSeq) => exportKey({ ...day, ledgerSeq }, 'closing.json'));
  expect(keys.toSorted()).toEqual(keys);
  expect(keys[1]).toBe(
    'exports/businessDate=2026-03-01/merchantId=m-1/closing=0000000000000010/closing.json',
  );
});

test('the address of the bucket in AWS names the region, on this machine there is none', () => {
  expect(exportBucketOf('https://s3.sa-east-1.amazonaws.com/fluxo-exports')).toEqual({
    bucket: 'fluxo-exports',
    endpoint: 'https://s3.sa-east-1.amazonaws.com',
    region: 'sa-east-1',
    isLocal: false,
  });
  expect(exportBucketOf('http://127.0.0.1:5000/fluxo-exports')).toMatchObject({ isLocal: true });
});

test.each([
  '',
  'fluxo-exports',
  'http://127.0.0.1:5000',
  'http://127.0.0.1:5000/a/b',
  // A local address that says https would be sent the credentials of AWS.
  'https://127.0.0.1:5000/fluxo-exports',
  'https://s3.sa-east-1.amazonaws.com.evil.example/fluxo-exports',
  's3://fluxo-exports',
])('%j is refused', (address) => {
  expect(() => exportBucketOf(address)).toThrow(/no address of a bucket/);
});
