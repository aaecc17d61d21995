/** What a restore reads back: values of our own topics, and the merchants they name. */
import { type AvroRecords, type RecordName, topics } from '@fluxo/schemas';
import type { LogRecord } from '../engine/ports.ts';
import type { MerchantState } from './merchant-state.ts';
import type { PartitionState } from './partition-state.ts';
import type { Decoded, RecordCodec } from './record-codec.ts';

export const NO_VALUE = new Uint8Array(0);

/** A value of our own topics, and where it stood there. */
export type Output = Pick<LogRecord, 'value'> & { readonly offset: number | 'unknown' };

/** What our own topics hold was written by us: anything unreadable there is damage, not input. */
export function decoded(codec: RecordCodec, { value, offset }: Output): Extract<Decoded, { kind: 'record' }> {
  const result = codec.decode(value);
  if (result.kind === 'record') return result;
  throw new Error(`a record of our own output at offset ${offset} cannot be read: ${JSON.stringify(result)}`);
}

export function read<Name extends RecordName>(
  codec: RecordCodec,
  output: Output,
  type: Name,
): AvroRecords[Name] {
  const result = decoded(codec, output);
  if (result.type !== type)
    throw new Error(`expected a ${type} at offset ${output.offset}, found a ${result.type}`);
  return result.value as AvroRecords[Name];
}

export function knownMerchant(state: PartitionState, merchantId: string): MerchantState {
  const merchant = state.merchants.get(merchantId);
  if (merchant === undefined)
    throw new Error(`${topics.merchants.name} lacks merchant ${merchantId}, which other outputs name`);
  return merchant;
}
