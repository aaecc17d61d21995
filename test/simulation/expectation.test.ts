/** What schedules are judged against is judged first, and a fold that forgets something does not pass. */
import { topics } from '@fluxo/schemas';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { Catalogue, type Material } from '../../testing/simulation/catalogue.ts';
import type { ExpectedRecord, PartitionExpectation } from '../../testing/simulation/expectation.ts';
import { checkExpectation } from '../../testing/simulation/expectation-check.ts';

jest.setTimeout(60_000);

let material: Material;
let expectation: PartitionExpectation;

beforeAll(async () => {
  material = (await Catalogue.open()).materialFor(1);
  expectation = material.expected[0] as PartitionExpectation;
});

const check = (change: Partial<PartitionExpectation>): (() => void) => {
  return () => checkExpectation({ ...expectation, ...change }, material.vocabulary.codecs);
};

const withLedger = (change: (ledger: readonly ExpectedRecord[]) => readonly ExpectedRecord[]) => ({
  sequences: new Map([
    ...expectation.sequences,
    [topics.ledger.name, change(expectation.sequences.get(topics.ledger.name) ?? [])],
  ]),
});

test('the fold in one go keeps the promises', () => {
  expect(check({})).not.toThrow();
  expect(expectation.sequences.get(topics.ledger.name)?.length).toBeGreaterThan(20);
  expect(expectation.sequences.get(topics.rejections.name)?.length).toBeGreaterThan(5);
  expect(expectation.versions.size).toBeGreaterThan(5);
});

test.each<[string, (ledger: readonly ExpectedRecord[]) => readonly ExpectedRecord[], RegExp]>([
  ['is missing', (ledger) => ledger.toSpliced(7, 1), /the chain of/],
  ['stands twice', (ledger) => ledger.toSpliced(7, 0, ledger[7] as ExpectedRecord), /the chain of/],
  [
    'is changed',
    (ledger) => ledger.with(7, { ...(ledger[7] as ExpectedRecord), value: changed(ledger[7]) }),
    /a hash of/,
  ],
])('a ledger where one record %s does not', (_, change, message) => {
  expect(check(withLedger(change))).toThrow(message);
});

test('a document that goes back does not', () => {
  const [document, versions = []] = [...expectation.versions].find(([, list]) => list.length > 2) ?? [];
  const reversed = new Map([...expectation.versions, [document ?? '', versions.toReversed()]]);
  expect(check({ versions: reversed })).toThrow(/do not grow/);
});

function changed(record: ExpectedRecord | undefined): Buffer {
  const bytes = Buffer.from(record?.value ?? []);
  bytes[20] = (bytes[20] as number) ^ 1;
  return bytes;
}
