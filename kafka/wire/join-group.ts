import { Writer } from '@platformatic/kafka';
import type { JoinGroupAnswer, JoinGroupRequest } from '../requests.ts';
import { PROTOCOL_TYPE, type WireRequest } from './wire-request.ts';

/*
  JoinGroup Request (Version: 9) => group_id session_timeout_ms rebalance_timeout_ms member_id group_instance_id protocol_type [protocols] reason TAG_BUFFER
    protocols => name metadata TAG_BUFFER
  JoinGroup Response (Version: 9) => throttle_time_ms error_code generation_id protocol_type protocol_name leader skip_assignment member_id [members] TAG_BUFFER
    members => member_id group_instance_id metadata TAG_BUFFER
*/
export const joinGroup: WireRequest<JoinGroupRequest, JoinGroupAnswer> = {
  apiKey: 11,
  version: 9,
  write: (request) =>
    Writer.create()
      .appendString(request.groupId)
      .appendInt32(request.sessionTimeoutMs)
      .appendInt32(request.rebalanceTimeoutMs)
      .appendString(request.memberId)
      .appendString(request.instanceId)
      .appendString(PROTOCOL_TYPE)
      .appendArray([request], (writer, { protocolName, metadata }) => {
        writer.appendString(protocolName).appendBytes(Buffer.from(metadata));
      })
      .appendString(null)
      .appendTaggedFields(),
  read: (reader) => {
    reader.readInt32();
    const errorCode = reader.readInt16();
    const generationId = reader.readInt32();
    reader.readNullableString();
    reader.readNullableString();
    return {
      errorCode,
      generationId,
      leader: reader.readString(),
      skipAssignment: reader.readBoolean(),
      memberId: reader.readString(),
      members: reader.readArray(() => ({
        memberId: reader.readString(),
        instanceId: reader.readNullableString(),
        metadata: reader.readBytes(),
      })),
    };
  },
};
