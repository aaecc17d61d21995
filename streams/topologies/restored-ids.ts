/**
 * The remembered ids as they are read back from the ledger: by far the most records of a restore, so a posting in our own version
 * of the schema, which nearly every one is, is read in outline: of it only what is remembered, and its id not even as text. Every
 * other record is decoded as a whole; what is remembered of it is the same.
 */
import {
  fingerprintOfPosting,
  idOfEvent,
  type LedgerEvent,
  type PostingToRemember,
  rememberLedgerEvent,
  rememberPosting,
} from '@fluxo/domain';
import { invariant } from '../engine/errors.ts';
import type { LogRecord } from '../engine/ports.ts';
import type { RestoreStep } from '../engine/topology.ts';
import type { IdText } from './ids/id-key.ts';
import type { MerchantState } from './merchant-state.ts';
import { decoded, knownMerchant, NO_VALUE } from './own-outputs.ts';
import type { PartitionState } from './partition-state.ts';
import type { Outline, OutlineCodec, RecordCodec } from './record-codec.ts';

const FIELDS = [
  'merchantId',
  'ledgerSeq',
  'recordedAt',
  'sourceOffset',
  'leg',
  'accountId',
  'direction',
  'kind',
  'paymentMethod',
  'amountMinor',
  'currency',
  'occurredAt',
  'businessDate',
  'reversesEntryId',
  'purpose',
  'reason',
  'description',
  'externalId',
] as const;
const PLACES = ['entryId', 'prevHash', 'hash'] as const;

const HASH_BYTES = 32;

type Posting = Outline<'EntryPosted', (typeof FIELDS)[number], (typeof PLACES)[number]>;

/** What every ledger record says of itself. */
type Stand = Pick<LedgerEvent['value'], 'merchantId' | 'ledgerSeq' | 'recordedAt' | 'sourceOffset'>;
type Hashes = Pick<LedgerEvent['value'], 'prevHash' | 'hash'>;

export function restoreIds(codec: OutlineCodec): RestoreStep<PartitionState>['apply'] {
  const outlineOf = codec.outlineReader('EntryPosted', { fields: FIELDS, places: PLACES });
  return (state, record) => {
    const value = record.value ?? NO_VALUE;
    const posting = outlineOf(value);
    if (posting === undefined) restoreEvent(state, readLedger(codec, record));
    else restorePosting(state, posting as Posting & PostingToRemember, value);
  };
}

function readLedger(codec: RecordCodec, record: LogRecord): LedgerEvent {
  const { type, value } = decoded(codec, record);
  return { type, value } as LedgerEvent;
}

function restorePosting(
  state: PartitionState,
  posting: Posting & PostingToRemember,
  bytes: Uint8Array,
): void {
  const merchant = merchantOf(state, posting);
  if (
    isChecked(state, merchant, posting) &&
    !isNew(state, merchant, { ...posting, ...hashesOf(posting, bytes) })
  )
    return;
  if (posting.recordedAt < state.idsFromMs) return;
  const id = { bytes, at: posting.entryId };
  if (posting.leg === 'SINGLE' && posting.reversesEntryId === null)
    state.ids.rememberSingle(merchant.number, id, posting, fingerprintOfPosting(posting, 0));
  else remember(state, merchant, { id, posting });
}

/** Apart, because what a closure takes hold of costs something even where the closure is not made. */
function remember(
  { ids }: PartitionState,
  { number }: MerchantState,
  { id, posting }: { readonly id: IdText; readonly posting: PostingToRemember },
): void {
  const entry = rememberPosting(posting, () => ids.find(number, id));
  ids.remember(number, id, entry);
  if (posting.reversesEntryId !== null) ids.markReversed(number, posting.reversesEntryId, true);
}

function restoreEvent(state: PartitionState, event: LedgerEvent): void {
  const merchant = merchantOf(state, event.value);
  if (isChecked(state, merchant, event.value) && !isNew(state, merchant, event.value)) return;
  if (event.value.recordedAt < state.idsFromMs) return;
  const { number } = merchant;
  const { id, entry, reverses } = rememberLedgerEvent(event, () => merchant.remembered(idOfEvent(event)));
  state.ids.remember(number, id, entry);
  if (reverses !== null) state.ids.markReversed(number, reverses, true);
}

function hashesOf({ prevHash, hash }: Posting, bytes: Uint8Array): Hashes {
  const hashAt = (at: number) => bytes.subarray(at, at + HASH_BYTES);
  return { prevHash: hashAt(prevHash), hash: hashAt(hash) };
}

/** Whose record it is. Fails where the ledger goes on behind the documents (I5). */
function merchantOf(state: PartitionState, { merchantId, ledgerSeq, sourceOffset }: Stand): MerchantState {
  state.sawResultOf(sourceOffset);
  const merchant = knownMerchant(state, merchantId);
  invariant(
    'I5',
    ledgerSeq <= merchant.head.revision,
    () => `${merchantId}: the ledger has ${ledgerSeq}, the documents only ${merchant.head.revision}`,
  );
  return merchant;
}

/** Whether the hashes of a record are looked at: of the last one of a merchant, and of all of them behind a checkpoint. */
function isChecked({ chains }: PartitionState, { head }: MerchantState, { ledgerSeq }: Stand): boolean {
  return chains !== null || ledgerSeq === head.revision;
}

/** Whether the record was not in the checkpoint. Fails where the chain is broken (I5). */
function isNew({ chains, headless }: PartitionState, merchant: MerchantState, link: Stand & Hashes): boolean {
  const { merchantId, ledgerSeq, hash } = link;
  const { head } = merchant;
  if (ledgerSeq === head.revision) {
    const isHead = Buffer.compare(hash, head.chainHead) === 0;
    invariant('I5', isHead, () => `${merchantId}: two chains end at ${ledgerSeq}`);
    headless.delete(merchant);
  }
  return chains === null || chains.follow(link);
}
