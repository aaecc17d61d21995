/** FindCoordinator: who answers for a group or a transactional id. */
import { Writer } from '@platformatic/kafka';
import type { FindCoordinatorAnswer, FindCoordinatorRequest } from '../requests.ts';
import type { WireRequest } from './wire-request.ts';

const KEY_TYPES = { group: 0, transaction: 1 } as const;

/*
  FindCoordinator Request (Version: 4) => key_type [coordinator_keys] TAG_BUFFER
  FindCoordinator Response (Version: 4) => throttle_time_ms [coordinators] TAG_BUFFER
    coordinators => key node_id host port error_code error_message TAG_BUFFER
*/
export const findCoordinator: WireRequest<FindCoordinatorRequest, FindCoordinatorAnswer> = {
  apiKey: 10,
  version: 4,
  write: ({ kind, key }) =>
    Writer.create()
      .appendInt8(KEY_TYPES[kind])
      .appendArray([key], (writer, each) => writer.appendString(each), true, false)
      .appendTaggedFields(),
  read: (reader) => {
    reader.readInt32();
    const [coordinator] = reader.readArray(() => {
      reader.readString();
      return {
        nodeId: reader.readInt32(),
        host: reader.readString(),
        port: reader.readInt32(),
        errorCode: reader.readInt16(),
        errorMessage: reader.readNullableString(),
      };
    });
    if (coordinator === undefined) throw new Error('FindCoordinator was answered without a coordinator');
    return coordinator;
  },
};
