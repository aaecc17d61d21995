/**
 * The outputs of a processor that has seen so many sales of 2,000 merchants within 30 days, made without processing them: every
 * ledger record with its place in the chain, the merchants, and of each merchant's documents the last one, which names the head
 * of its chain. What a restore needs to take as long as it does in life.
 */
import { hash } from 'node:crypto';
import type { TopicCodecs } from '@fluxo/kafka';
import { type EntryPosted, PARTITIONS_DEFAULT, partitionOf, topics } from '@fluxo/schemas';
import type { OutputRecord } from '../streams/engine/ports.ts';
import { DAYS, documentOf, LAST_DAY, merchantOf } from './stored-documents.ts';

const MERCHANTS = 2_000;
const TRANSACTION_RECORDS = 20_000;
const DAY_MS = 86_400_000;
/** In front of the Avro body; behind it stand the former hash and its own. */
const WIRE_HEADER_BYTES = 5;
const HASH_BYTES = 32;

type Chain = { readonly key: Buffer; readonly partition: number; ledgerSeq: number; head: Uint8Array };

export class LedgerPreload {
  /** Ledger records made so far. */
  entries = 0;
  readonly #codecs: TopicCodecs;
  readonly #chains: readonly Chain[];

  constructor(codecs: TopicCodecs) {
    this.#codecs = codecs;
    this.#chains = Array.from({ length: MERCHANTS }, (_, index) => {
      const key = Buffer.from(`m-${index}`);
      return {
        key,
        partition: partitionOf(key, PARTITIONS_DEFAULT),
        ledgerSeq: 0,
        head: Buffer.alloc(HASH_BYTES),
      };
    });
  }

  /** All records, in transactions of a usual size. */
  *transactions(entries: number): Generator<readonly OutputRecord[]> {
    yield this.#chains.map(({ key, partition }, index) => ({
      topic: topics.merchants.name,
      partition,
      key,
      value: this.#codecs.merchants.encode('Merchant', merchantOf(index)),
    }));
    while (this.entries < entries) {
      const count = Math.min(TRANSACTION_RECORDS, entries - this.entries);
      yield Array.from({ length: count }, () => this.#next(entries));
    }
    yield this.#chains.map((chain, index) => this.#lastDocument(chain, index));
  }

  #next(entries: number): OutputRecord {
    const index = this.entries % MERCHANTS;
    const chain = this.#chains[index] as Chain;
    const recordedAt = LAST_DAY * DAY_MS - Math.floor(30 * DAY_MS * (1 - this.entries / entries));
    chain.ledgerSeq += 1;
    const value = this.#codecs.ledger.encode(
      'EntryPosted',
      saleOf(this.entries, { chain, index, recordedAt }),
    );
    value.set(
      hash('sha256', value.subarray(WIRE_HEADER_BYTES, -HASH_BYTES), 'buffer'),
      value.length - HASH_BYTES,
    );
    chain.head = Buffer.from(value.subarray(-HASH_BYTES));
    this.entries += 1;
    return { topic: topics.ledger.name, partition: chain.partition, key: chain.key, value };
  }

  #lastDocument({ key, partition, ledgerSeq, head }: Chain, index: number): OutputRecord {
    const stamp = { revision: Math.max(2, ledgerSeq), chainHead: head, recordedAt: LAST_DAY * DAY_MS };
    const document = { ...documentOf(index, DAYS), ...stamp };
    const value = this.#codecs.dailyBalances.encode('DailyBalance', document);
    return {
      topic: topics.dailyBalances.name,
      partition,
      key: Buffer.from(`${key.toString()}|${DAYS}`),
      value,
    };
  }
}

type Sale = { readonly chain: Chain; readonly index: number; readonly recordedAt: number };

function saleOf(entry: number, { chain, index, recordedAt }: Sale): EntryPosted {
  const lead = (Math.imul(entry, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
  return {
    merchantId: `m-${index}`,
    ledgerSeq: chain.ledgerSeq,
    recordedAt,
    sourceOffset: entry,
    entryId: `${lead}-0000-4000-8000-${entry.toString(16).padStart(12, '0')}`,
    leg: 'SINGLE',
    accountId: entry % 3 === 0 ? 'bank' : 'main',
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: entry % 2 === 0 ? 'CASH' : 'PIX',
    amountMinor: 1 + (entry % 50_000),
    currency: 'BRL',
    occurredAt: recordedAt,
    submittedAt: recordedAt,
    businessDate: Math.floor(recordedAt / DAY_MS),
    originalBusinessDate: null,
    reversesEntryId: null,
    purpose: null,
    reason: null,
    description: null,
    externalId: null,
    source: { system: 'bench', deviceId: 'till-1', sequence: entry },
    prevHash: chain.head,
    hash: Buffer.alloc(HASH_BYTES),
  };
}
