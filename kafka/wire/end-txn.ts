import { Writer } from '@platformatic/kafka';
import type { EndTxnAnswer, EndTxnRequest } from '../requests.ts';
import { readNumber, type WireRequest } from './wire-request.ts';

/*
  EndTxn Request (Version: 5) => transactional_id producer_id producer_epoch committed TAG_BUFFER
  EndTxn Response (Version: 5) => throttle_time_ms error_code producer_id producer_epoch TAG_BUFFER

  From version 5 on every transaction ends with a new epoch (KIP-890 part 2): a request of the old one that was held up
  somewhere can no longer join a later transaction.
*/
export const endTxn: WireRequest<EndTxnRequest, EndTxnAnswer> = {
  apiKey: 26,
  version: 5,
  write: ({ transactionalId, producerId, producerEpoch, isCommit }) =>
    Writer.create()
      .appendString(transactionalId)
      .appendInt64(BigInt(producerId))
      .appendInt16(producerEpoch)
      .appendBoolean(isCommit)
      .appendTaggedFields(),
  read: (reader) => {
    reader.readInt32();
    return {
      errorCode: reader.readInt16(),
      producerId: readNumber(reader),
      producerEpoch: reader.readInt16(),
    };
  },
};
