import { Writer } from '@platformatic/kafka';
import type { SyncGroupAnswer, SyncGroupRequest } from '../requests.ts';
import { PROTOCOL_TYPE, type WireRequest } from './wire-request.ts';

/*
  SyncGroup Request (Version: 5) => group_id generation_id member_id group_instance_id protocol_type protocol_name [assignments] TAG_BUFFER
    assignments => member_id assignment TAG_BUFFER
  SyncGroup Response (Version: 5) => throttle_time_ms error_code protocol_type protocol_name assignment TAG_BUFFER
*/
export const syncGroup: WireRequest<SyncGroupRequest, SyncGroupAnswer> = {
  apiKey: 14,
  version: 5,
  write: (request) =>
    Writer.create()
      .appendString(request.groupId)
      .appendInt32(request.generationId)
      .appendString(request.memberId)
      .appendString(request.instanceId)
      .appendString(PROTOCOL_TYPE)
      .appendString(request.protocolName)
      .appendArray([...request.assignments], (writer, { memberId, assignment }) => {
        writer.appendString(memberId).appendBytes(Buffer.from(assignment));
      })
      .appendTaggedFields(),
  read: (reader) => {
    reader.readInt32();
    const errorCode = reader.readInt16();
    reader.readNullableString();
    reader.readNullableString();
    return { errorCode, assignment: reader.readBytes() };
  },
};
