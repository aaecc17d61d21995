import { Writer } from '@platformatic/kafka';
import type { InitProducerIdAnswer, InitProducerIdRequest } from '../requests.ts';
import { readNumber, type WireRequest } from './wire-request.ts';

/*
  InitProducerId Request (Version: 5) => transactional_id transaction_timeout_ms producer_id producer_epoch TAG_BUFFER
  InitProducerId Response (Version: 5) => throttle_time_ms error_code producer_id producer_epoch TAG_BUFFER

  producer_id and producer_epoch are always −1: whoever had the id before is fenced, this process included.
*/
export const initProducerId: WireRequest<InitProducerIdRequest, InitProducerIdAnswer> = {
  apiKey: 22,
  version: 5,
  write: ({ transactionalId, transactionTimeoutMs }) =>
    Writer.create()
      .appendString(transactionalId)
      .appendInt32(transactionTimeoutMs)
      .appendInt64(-1n)
      .appendInt16(-1)
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
