/**
 * The expectation comes from the topology itself, so it is not taken on trust: each merchant's ledger must count from 1 without a
 * gap, every hash must be that of the bytes and link to the one before, no submission may be posted and refused, and every
 * version of a document must be newer than the one before (I5, I6, I10). Reads the bytes; knows nothing of the domain.
 */
import { createHash } from 'node:crypto';
import { topics } from '@fluxo/schemas';
import type { DailyBalanceCodecs } from '../../streams/topologies/record-codec.ts';
import type { ExpectedRecord, PartitionExpectation } from './expectation.ts';

/** Wire header in front, two hashes of 32 bytes at the end (spec.md 2.2). */
const WIRE_HEADER_BYTES = 5;
const HASH_BYTES = 32;

/** Throws if the expectation breaks a promise itself. */
export function checkExpectation(expectation: PartitionExpectation, codecs: DailyBalanceCodecs): void {
  const ledger = expectation.sequences.get(topics.ledger.name) ?? [];
  const refused = expectation.sequences.get(topics.rejections.name) ?? [];
  checkChains(ledger, codecs);
  const posted = new Set(ledger.map(({ sourceOffset }) => sourceOffset));
  demand(!refused.some(({ sourceOffset }) => posted.has(sourceOffset)), 'a submission is posted and refused');
  demand(
    new Set(refused.map(({ sourceOffset }) => sourceOffset)).size === refused.length,
    'a submission is refused twice',
  );
  for (const [document, versions] of expectation.versions) {
    const revisions = versions.map((version) => revisionOf(version, codecs));
    const isGrowing = revisions.every(
      (revision, index) => index === 0 || revision > (revisions[index - 1] as number),
    );
    demand(isGrowing, `the revisions of ${document} do not grow`);
  }
}

function checkChains(ledger: readonly ExpectedRecord[], codecs: DailyBalanceCodecs): void {
  const heads = new Map<string, { sequence: number; hash: Buffer }>();
  for (const { key, value } of ledger) {
    const bytes = Buffer.from(value);
    const head = heads.get(key) ?? { sequence: 0, hash: Buffer.alloc(HASH_BYTES) };
    const body = bytes.subarray(WIRE_HEADER_BYTES, -HASH_BYTES);
    const hash = bytes.subarray(-HASH_BYTES);
    demand(
      createHash('sha256').update(body).digest().equals(hash),
      `a hash of ${key} is not that of its record`,
    );
    demand(body.subarray(-HASH_BYTES).equals(head.hash), `the chain of ${key} is broken`);
    const decoded = codecs.ledger.decode(bytes);
    const sequence = decoded.kind === 'record' && 'ledgerSeq' in decoded.value ? decoded.value.ledgerSeq : -1;
    demand(sequence === head.sequence + 1, `the ledger of ${key} has ${sequence} after ${head.sequence}`);
    heads.set(key, { sequence, hash });
  }
}

function revisionOf({ topic, value }: ExpectedRecord, codecs: DailyBalanceCodecs): number {
  const codec = topic === topics.merchants.name ? codecs.merchants : codecs.dailyBalances;
  const decoded = codec.decode(value);
  return decoded.kind === 'record' && 'revision' in decoded.value ? decoded.value.revision : -1;
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(`The fold without faults is wrong itself: ${what}.`);
}
