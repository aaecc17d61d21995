/**
 * How the state of a partition is rebuilt from what the topology published: merchants and documents whole, and of the ledger
 * the part whose ids may still be met (spec.md 3.2: from the greatest recordedAt seen, never by the wall clock). At the end
 * the ledger and the documents must agree on the head of every chain; a fork would show here (I5). Where a checkpoint holds the
 * ids up to some record of each chain, the ledger goes on from there, and the whole chain must hold together.
 */
import { asBusinessDate, settingsOfRecord } from '@fluxo/domain';
import { type AvroRecords, partitionOf, topics } from '@fluxo/schemas';
import { invariant } from '../engine/errors.ts';
import type { RestoreStep } from '../engine/topology.ts';
import { idsCheckpoint } from './daily-balance.checkpoint.ts';
import type { DayDocument, Stamp } from './merchant-state.ts';
import { knownMerchant, NO_VALUE, read } from './own-outputs.ts';
import { ID_MEMORY_MS, type PartitionState, trim } from './partition-state.ts';
import type { DailyBalanceCodecs, HeadCodec } from './record-codec.ts';
import { RestoredDay, Shelf } from './restored-day.ts';
import { restoreIds } from './restored-ids.ts';

/**
 * The ledger is looked up by the time of the broker that appended it, an id counts by the time of the one that appended the submission: so much
 * may the clock of the former be behind.
 */
const CLOCK_DIFFERENCE_MS = 3_600_000;

export function restoreSteps(codecs: DailyBalanceCodecs): readonly RestoreStep<PartitionState>[] {
  return [
    {
      topic: topics.merchants.name,
      from: () => 'start',
      isCompacted: true,
      apply: (state, record) => restoreMerchant(state, read(codecs.merchants, record, 'Merchant')),
    },
    {
      topic: topics.dailyBalances.name,
      from: () => 'start',
      isCompacted: true,
      apply: restoreDays(codecs.dailyBalances),
    },
    {
      topic: topics.ledger.name,
      from: (state) => {
        state.idsFromMs = idsFrom(state);
        for (const merchant of state.merchants.values())
          if (merchant.head.recordedAt >= state.idsFromMs) state.headless.add(merchant);
        return { timestampMs: Math.max(0, state.idsFromMs - CLOCK_DIFFERENCE_MS) };
      },
      expect: (state, offsets) => state.ids.expect(offsets),
      apply: restoreIds(codecs.ledger),
      checkpoint: idsCheckpoint,
    },
    {
      // Those before the last posting say nothing that it does not say. Where nothing was posted they are all there is.
      topic: topics.rejections.name,
      from: (state) => ({ timestampMs: latestRecordedAt(state) }),
      apply: restoreRejections(codecs.rejections),
    },
  ];
}

/** Trims what was restored, and refuses it where it cannot be what this partition published up to the committed offset. */
export function settle(
  state: PartitionState,
  { committed, partitions }: { readonly committed: number | null; readonly partitions: number },
): void {
  const { lastSourceOffset } = state;
  if (committed !== null && lastSourceOffset >= committed)
    throw new Error(
      `partition ${state.partition}: the ledger or the rejections hold the result of offset ${lastSourceOffset}, but the group's committed offset is ${committed}. ` +
        'Going on would count entries twice, so this process refuses. The offsets of the group were set back: set them to the one after the greatest sourceOffset of the ledger and the rejections.',
    );
  for (const merchant of state.merchants.values()) {
    const home = partitionOf(merchant.key, partitions);
    if (home !== state.partition)
      throw new Error(
        `merchant ${merchant.merchantId} has its ledger in partition ${state.partition}, but with ${partitions} partitions it belongs to ${home}. ` +
          'The number of partitions of a topic is fixed for its life: somebody has added partitions. Recreate the topics with the former number from their archive.',
      );
    trim(merchant);
  }
  assertHeadsRead(state);
  state.chains = null;
  state.ids.shrink();
}

/** Fails where the ledger ended before the documents do: what was published would be taken for new, and counted twice (I5). */
function assertHeadsRead({ chains, headless, merchants }: PartitionState): void {
  if (chains !== null) chains.assertComplete(merchants);
  else
    for (const { merchantId, head } of headless)
      invariant('I5', false, () => `${merchantId}: the ledger was not read up to its head ${head.revision}`);
  headless.clear();
}

function restoreMerchant(state: PartitionState, record: AvroRecords['Merchant']): void {
  const { merchantId } = record;
  state.add({ merchantId, settings: settingsOfRecord(record), stamp: stampOf(record) });
}

/** Only the begin of a document is read: what it says is for the day on which somebody asks. */
function restoreDays(codec: HeadCodec): RestoreStep<PartitionState>['apply'] {
  const headOf = codec.headReader('DailyBalance', [
    'merchantId',
    'businessDate',
    'revision',
    'chainHead',
    'recordedAt',
  ]);
  const decode = (value: Uint8Array) => read(codec, { value, offset: 'unknown' }, 'DailyBalance');
  const shelf = new Shelf();
  return (state, record) => {
    const value = record.value ?? NO_VALUE;
    const head = headOf(value) ?? read(codec, record, 'DailyBalance');
    const merchant = knownMerchant(state, head.merchantId);
    putDay(merchant.days, new RestoredDay(asBusinessDate(head.businessDate), shelf.keep(value), decode));
    if (head.revision > merchant.head.revision) merchant.head = stampOf(head);
    merchant.latestRecordedAt = Math.max(merchant.latestRecordedAt, head.recordedAt);
  };
}

/** Of a rejection nothing is needed but which submission it is of. */
function restoreRejections(codec: HeadCodec): RestoreStep<PartitionState>['apply'] {
  const headOf = codec.headReader('SubmissionRejected', ['sourceOffset']);
  return (state, record) => {
    const head = headOf(record.value ?? NO_VALUE) ?? read(codec, record, 'SubmissionRejected');
    state.sawResultOf(head.sourceOffset);
  };
}

/** Puts a version of a document in its place; a later record of a day is its later version (I6). */
function putDay(days: DayDocument[], day: DayDocument): void {
  const { businessDate } = day;
  let index = days.length;
  while (index > 0 && (days[index - 1] as DayDocument).businessDate > businessDate) index -= 1;
  const last = days[index - 1];
  if (last?.businessDate !== businessDate) days.splice(index, 0, day);
  else days[index - 1] = day;
}

/** The hash is copied: as decoded it would keep the whole fetched buffer in memory. */
function stampOf({ revision, recordedAt, chainHead }: Stamp): Stamp {
  return { revision, recordedAt, chainHead: Buffer.from(chainHead) };
}

/** The greatest recordedAt seen, less the time an id is remembered. */
function idsFrom(state: PartitionState): number {
  return Math.max(0, latestRecordedAt(state) - ID_MEMORY_MS);
}

function latestRecordedAt({ merchants }: PartitionState): number {
  let latest = 0;
  for (const merchant of merchants.values()) latest = Math.max(latest, merchant.latestRecordedAt);
  return latest;
}
