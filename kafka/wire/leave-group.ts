import { Writer } from '@platformatic/kafka';
import type { LeaveGroupAnswer, LeaveGroupRequest } from '../requests.ts';
import type { WireRequest } from './wire-request.ts';

/*
  LeaveGroup Request (Version: 5) => group_id [members] TAG_BUFFER
    members => member_id group_instance_id reason TAG_BUFFER
  LeaveGroup Response (Version: 5) => throttle_time_ms error_code [members] TAG_BUFFER
    members => member_id group_instance_id error_code TAG_BUFFER
*/
export const leaveGroup: WireRequest<LeaveGroupRequest, LeaveGroupAnswer> = {
  apiKey: 13,
  version: 5,
  write: ({ groupId, ...member }) =>
    Writer.create()
      .appendString(groupId)
      .appendArray([member], (writer, { memberId, instanceId, reason }) => {
        writer.appendString(memberId).appendString(instanceId).appendString(reason);
      })
      .appendTaggedFields(),
  read: (reader) => {
    reader.readInt32();
    return { errorCode: reader.readInt16() };
  },
};
