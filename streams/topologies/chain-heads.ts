/**
 * How far each merchant's ledger has been read: the sequence and hash of its last record. What a checkpoint holds and what is read
 * after it must fit together without a gap, hash to hash, up to the heads that the documents name (I5). So a checkpoint is not
 * only promised to be of these topics: it is shown to be.
 */
import type { LedgerEvent } from '@fluxo/domain';
import { invariant } from '../engine/errors.ts';
import type { MerchantState, Stamp } from './merchant-state.ts';

type Link = Pick<LedgerEvent['value'], 'merchantId' | 'ledgerSeq' | 'prevHash' | 'hash'>;

export type ChainHead = Pick<Stamp, 'revision' | 'chainHead'>;

const GENESIS: ChainHead = { revision: 0, chainHead: new Uint8Array(32) };

export class ChainHeads {
  readonly #heads: Map<string, ChainHead>;

  /** Merchant id → its last record that is known. */
  constructor(heads: ReadonlyMap<string, ChainHead>) {
    this.#heads = new Map(heads);
  }

  /** Follows a record to the next head; false if it was known before. Fails at a gap and at a fork. */
  follow({ merchantId, ledgerSeq, prevHash, hash }: Link): boolean {
    const head = this.#heads.get(merchantId) ?? GENESIS;
    if (ledgerSeq <= head.revision) {
      invariant('I5', ledgerSeq < head.revision || isSame(hash, head.chainHead), () =>
        fork(merchantId, ledgerSeq),
      );
      return false;
    }
    invariant(
      'I5',
      ledgerSeq === head.revision + 1,
      () => `${merchantId}: after ledger record ${head.revision} comes ${ledgerSeq}`,
    );
    invariant('I5', isSame(prevHash, head.chainHead), () => fork(merchantId, head.revision));
    // Copied: as decoded it would keep the whole fetched buffer in memory.
    this.#heads.set(merchantId, { revision: ledgerSeq, chainHead: Buffer.from(hash) });
    return true;
  }

  /** Fails unless every merchant's ledger was read up to its head. */
  assertComplete(merchants: ReadonlyMap<string, MerchantState>): void {
    for (const { merchantId, head } of merchants.values()) {
      const { revision, chainHead } = this.#heads.get(merchantId) ?? GENESIS;
      invariant(
        'I5',
        revision === head.revision,
        () => `${merchantId}: the ledger was read up to ${revision}, but its head is ${head.revision}`,
      );
      invariant('I5', isSame(chainHead, head.chainHead), () => fork(merchantId, revision));
    }
  }
}

function fork(merchantId: string, ledgerSeq: number): string {
  return `${merchantId}: there are two ledger records ${ledgerSeq}`;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
