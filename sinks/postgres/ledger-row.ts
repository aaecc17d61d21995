/** A ledger record as a row of `fluxo.ledger` (layout: postgres/migrations): its fields under their names, nothing computed. */
import type { AvroRecords, EntryPosted } from '@fluxo/schemas';
import type { TypedRecord } from '../engine/documents.ts';
import { bytes, date, instant, optionalDate, type Row } from './rows.ts';

export const LEDGER_RECORDS = [
  'EntryPosted',
  'DayClosed',
  'DayReopened',
  'MerchantConfigApplied',
] as const satisfies readonly (keyof AvroRecords)[];

export type LedgerRecord = TypedRecord<(typeof LEDGER_RECORDS)[number]>;

/** Every column but `occurrence`, which only the table can tell. */
export const LEDGER_COLUMNS = [
  'merchant_id',
  'ledger_seq',
  'record_type',
  'record_id',
  'leg',
  'recorded_at',
  'partition',
  'source_offset',
  'account_id',
  'direction',
  'kind',
  'payment_method',
  'amount_minor',
  'currency',
  'occurred_at',
  'submitted_at',
  'business_date',
  'original_business_date',
  'reverses_entry_id',
  'purpose',
  'reason',
  'description',
  'external_id',
  'source_system',
  'source_device_id',
  'source_sequence',
  'requested_by',
  'detail',
  'prev_hash',
  'hash',
] as const;

export function ledgerRow(ledgerRecord: LedgerRecord): Row {
  const { type, record, partition } = ledgerRecord;
  return {
    merchant_id: record.merchantId,
    ledger_seq: record.ledgerSeq,
    record_type: type,
    recorded_at: instant(record.recordedAt),
    partition,
    source_offset: record.sourceOffset,
    prev_hash: bytes(record.prevHash),
    hash: bytes(record.hash),
    leg: 'SINGLE',
    ...fieldsOf(ledgerRecord),
  };
}

function fieldsOf({ type, record }: LedgerRecord): Row {
  switch (type) {
    case 'EntryPosted':
      return entryFields(record);
    case 'DayClosed':
      return {
        record_id: record.requestId,
        business_date: date(record.businessDate),
        requested_by: record.requestedBy,
        detail: { accounts: record.accounts },
      };
    case 'DayReopened':
      return {
        record_id: record.requestId,
        business_date: date(record.businessDate),
        requested_by: record.requestedBy,
        reason: record.reason,
      };
    case 'MerchantConfigApplied': {
      const { name, zone, cutoffMinutes, lateEntries, backdateLimitDays, accounts } = record;
      const effectiveFrom = date(record.effectiveFrom);
      return {
        record_id: record.configId,
        detail: { name, zone, cutoffMinutes, effectiveFrom, lateEntries, backdateLimitDays, accounts },
      };
    }
  }
}

function entryFields(entry: EntryPosted): Row {
  return {
    record_id: entry.entryId,
    leg: entry.leg,
    account_id: entry.accountId,
    direction: entry.direction,
    kind: entry.kind,
    payment_method: entry.paymentMethod,
    amount_minor: entry.amountMinor,
    currency: entry.currency,
    occurred_at: instant(entry.occurredAt),
    submitted_at: instant(entry.submittedAt),
    business_date: date(entry.businessDate),
    original_business_date: optionalDate(entry.originalBusinessDate),
    reverses_entry_id: entry.reversesEntryId,
    purpose: entry.purpose,
    reason: entry.reason,
    description: entry.description,
    external_id: entry.externalId,
    source_system: entry.source.system,
    source_device_id: entry.source.deviceId,
    source_sequence: entry.source.sequence,
  };
}
