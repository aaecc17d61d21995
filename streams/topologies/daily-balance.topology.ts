/**
 * The fold of spec.md: submissions in; ledger, balance documents, merchants and rejections out. This is where the engine,
 * which knows no cash, and the domain, which knows no Kafka, meet: a record is admitted, the domain decides, the ledger
 * records are sealed into the merchant's chain and published, the state follows. The documents and merchants a transaction
 * touched are published once, at its end, in their last state.
 *
 * Deterministic: the only time is the record's own (LogAppendTime), so the same log gives the same bytes (I12).
 */
import { formatDate, type LedgerEvent, merchantRecordOf, seal, submit } from '@fluxo/domain';
import { type DailyBalance, topics } from '@fluxo/schemas';
import type { LogRecord } from '../engine/ports.ts';
import type { Output, Topology } from '../engine/topology.ts';
import { admit, type Refusal } from './admission.ts';
import { restoreSteps, settle } from './daily-balance.restore.ts';
import type { JudgedObserver } from './judged.ts';
import type { DayDocument, MerchantState, Stamp } from './merchant-state.ts';
import { type Accepted, PartitionState } from './partition-state.ts';
import { type DailyBalanceCodecs, WIRE_HEADER_BYTES } from './record-codec.ts';
import { sha256 } from './sha256.ts';

export type DailyBalanceOptions = {
  readonly codecs: DailyBalanceCodecs;
  /** How many partitions the topics have. */
  readonly partitions: number;
  /** Told what was refused and what was repeated. */
  readonly judged?: JudgedObserver | undefined;
};

/** The first bytes of a refused value, or of a key that no merchant has, are kept with the rejection; this many at most. */
const REJECTED_BYTES_MAX = 64 * 1024;

const GENESIS_HEAD = new Uint8Array(32);

export function dailyBalanceTopology(options: DailyBalanceOptions): Topology<PartitionState> {
  const { codecs } = options;
  const learnSchemas = oneAtATime(() => codecs.submissions.refresh());
  return {
    source: topics.submissions.name,
    createState: (partition) => new PartitionState(partition, options.judged),
    restore: restoreSteps(codecs),
    restored: (state, committed) => settle(state, { committed, partitions: options.partitions }),
    prepare: (records) =>
      records.some(({ value }) => codecs.submissions.hasUnknownSchema(value)) ? learnSchemas() : null,
    process: (state, record, out) => processSubmission({ ...options, state, out }, record),
    flush: (state, out) => {
      for (const merchant of state.touched) publish(merchant, codecs, out);
    },
  };
}

/**
 * One question at a time. Whoever calls while an answer is on its way shares the next one with all others who do: that answer may have been
 * given before what they ask for was there.
 */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  return () => {
    next ??= underWay.then(() => {
      next = null;
      const answer = work();
      underWay = answer.catch(() => undefined);
      return answer;
    });
    return next;
  };
}

type Step = DailyBalanceOptions & { readonly state: PartitionState; readonly out: Output };

function processSubmission(step: Step, record: LogRecord): void {
  const { partition, merchants } = step.state;
  const place = { partition, partitions: step.partitions, merchants };
  const admitted = admit(record, step.codecs.submissions, place);
  if ('code' in admitted) {
    reject(step, record, admitted);
    return;
  }
  const { submission, merchant } = admitted;
  const decision = submit(merchant, submission, {
    recordedAt: record.timestampMs,
    sourceOffset: record.offset,
  });
  if (decision.kind === 'rejected') reject(step, record, decision);
  if (decision.kind === 'duplicate') step.state.judged.duplicated();
  if (decision.kind === 'accepted') accept(step, merchant, decision);
}

function accept(step: Step, merchant: MerchantState | undefined, accepted: Accepted): void {
  const last = accepted.events[accepted.events.length - 1] as LedgerEvent;
  const { merchantId, ledgerSeq, recordedAt } = last.value;
  const key = merchant?.key ?? Buffer.from(merchantId);
  let chainHead = merchant?.head.chainHead ?? GENESIS_HEAD;
  for (const event of accepted.events) {
    const value = step.codecs.ledger.encode(event.type, event.value);
    chainHead = seal(value.subarray(WIRE_HEADER_BYTES), chainHead, sha256);
    step.out.emit(topics.ledger.name, key, value);
  }
  const head: Stamp = { revision: ledgerSeq, recordedAt, chainHead };
  step.state.apply(merchant ?? opened(step, accepted, head), accepted, head);
}

/** Only a configuration is accepted for a merchant nobody knows, and it brings the settings. */
function opened(step: Step, accepted: Accepted, head: Stamp): MerchantState {
  const { merchantId } = (accepted.events[0] as LedgerEvent).value;
  if (accepted.settings === null)
    throw new Error(`merchant ${merchantId} has a ledger record but no settings`);
  return step.state.open({ merchantId, settings: accepted.settings, stamp: head });
}

function reject(step: Step, record: LogRecord, refusal: Refusal): void {
  step.state.judged.rejected(refusal.code);
  const value = record.value ?? new Uint8Array();
  const key = record.key?.subarray(0, REJECTED_BYTES_MAX) ?? null;
  const rejection = step.codecs.rejections.encode('SubmissionRejected', {
    code: refusal.code,
    detail: refusal.detail,
    sourceOffset: record.offset,
    recordedAt: record.timestampMs,
    key,
    value: value.subarray(0, REJECTED_BYTES_MAX),
    valueSha256: sha256(value),
  });
  step.out.emit(topics.rejections.name, key, rejection);
}

function publish(merchant: MerchantState, codecs: DailyBalanceCodecs, out: Output): void {
  if (merchant.hasChangedSettings) {
    const { revision, chainHead, recordedAt } = merchant.settingsStamp;
    const record = merchantRecordOf(merchant.merchantId, merchant.settings);
    const value = codecs.merchants.encode('Merchant', { ...record, revision, chainHead, recordedAt });
    out.emit(topics.merchants.name, merchant.key, value);
  }
  for (const day of merchant.changedDays()) {
    const document = documentOf(merchant.merchantId, day);
    const key = Buffer.from(`${merchant.merchantId}|${formatDate(day.businessDate)}`);
    out.emit(topics.dailyBalances.name, key, codecs.dailyBalances.encode('DailyBalance', document));
  }
}

function documentOf(merchantId: string, { figures, stamp }: DayDocument): DailyBalance {
  return {
    merchantId,
    businessDate: figures.businessDate,
    zone: figures.zone,
    cutoffMinutes: figures.cutoffMinutes,
    dayStart: figures.dayStart,
    revision: stamp.revision,
    chainHead: stamp.chainHead,
    recordedAt: stamp.recordedAt,
    accounts: figures.accounts,
    totals: figures.totals,
    byKind: figures.byKind,
    byMethod: figures.byMethod,
  };
}
