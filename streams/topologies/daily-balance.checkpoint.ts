/**
 * The remembered ids of a partition as a checkpoint keeps them, so that a restart need not read 45 days of the ledger to know
 * them again. The first block says whose ids they are and how far each merchant's ledger is in them; then comes a block for each
 * segment, as it stands in memory (little-endian, like every machine that Node runs on today). Merchants have other numbers in
 * every life, so they are given by name.
 */
import type { Checkpointed } from '../engine/topology.ts';
import { type ChainHead, ChainHeads } from './chain-heads.ts';
import type { KeptSegment } from './ids/remembered-ids.ts';
import { ID_MEMORY_MS, type PartitionState } from './partition-state.ts';

/**
 * Rises with every change of what is remembered of an id, of how it lies in memory, or of what the first block says. A checkpoint
 * does not hold what is older than the memory of its time was long, so that is part of it.
 */
const FORMAT = `remembered ids 1, ${ID_MEMORY_MS} ms`;

type Contents = {
  readonly texts: readonly string[];
  readonly merchants: readonly (ChainHead & { readonly merchantId: string; readonly number: number })[];
  readonly segments: readonly KeptSegment[];
};

/** The first block; hashes are hexadecimal. */
type Index = {
  readonly texts: readonly string[];
  readonly merchants: readonly (readonly [id: string, number: number, ledgerSeq: number, hash: string])[];
  readonly segments: readonly (readonly [length: number, latest: number])[];
};

export const idsCheckpoint: Checkpointed<PartitionState> = {
  format: FORMAT,
  save: (state) => {
    const merchants = Array.from(state.merchants.values(), ({ merchantId, number, head }) => ({
      merchantId,
      number,
      ...head,
    }));
    return blocksOf({ merchants, ...state.ids.keep() }, () => state.ids.release());
  },
  load: async (state, blocks) => {
    const [first, segments] = await headAndTail(blocks);
    const index = JSON.parse(Buffer.from(first).toString()) as Index;
    const numbers = numbersOf(index, state);
    state.ids.prepareFor(index.texts, sizeOf(index));
    let at = 0;
    for await (const bytes of segments) {
      const [length, latest] = index.segments[at] ?? [0, 0];
      state.ids.takeOver({ length, latest, bytes }, (former) => numberIn(numbers, former));
      at += 1;
    }
    if (at < index.segments.length) throw new Error(`${index.segments.length - at} segments are missing`);
    state.chains = new ChainHeads(headsOf(index));
  },
};

function* blocksOf(contents: Contents, release: () => void): Generator<Uint8Array> {
  try {
    yield Buffer.from(JSON.stringify(indexOf(contents)));
    for (const { bytes } of contents.segments) yield bytes;
  } finally {
    release();
  }
}

function indexOf({ texts, merchants, segments }: Contents): Index {
  return {
    texts,
    merchants: merchants.map(({ merchantId, number, revision, chainHead }) => [
      merchantId,
      number,
      revision,
      Buffer.from(chainHead).toString('hex'),
    ]),
    segments: segments.map(({ length, latest }) => [length, latest]),
  };
}

function headsOf({ merchants }: Index): ReadonlyMap<string, ChainHead> {
  return new Map(
    merchants.map(([merchantId, , revision, hash]) => [
      merchantId,
      { revision, chainHead: Buffer.from(hash, 'hex') },
    ]),
  );
}

/** The number that each merchant had → the one it has in this state. */
function numbersOf({ merchants }: Index, state: PartitionState): readonly (number | undefined)[] {
  const numbers: number[] = [];
  for (const [merchantId, former] of merchants) {
    const merchant = state.merchants.get(merchantId);
    if (merchant === undefined) throw new Error(`it knows merchant ${merchantId}, which the topics do not`);
    numbers[former] = merchant.number;
  }
  return numbers;
}

function numberIn(numbers: readonly (number | undefined)[], former: number): number {
  const number = numbers[former];
  if (number === undefined) throw new Error(`ids of a merchant with number ${former}, which nobody has`);
  return number;
}

const sizeOf = ({ segments }: Index): number => segments.reduce((sum, [length]) => sum + length, 0);

async function headAndTail(
  blocks: AsyncIterable<Uint8Array>,
): Promise<readonly [Uint8Array, AsyncIterable<Uint8Array>]> {
  const iterator = blocks[Symbol.asyncIterator]();
  const { value, done } = await iterator.next();
  if (done === true) throw new Error('it has no contents');
  return [value, { [Symbol.asyncIterator]: () => iterator }];
}
