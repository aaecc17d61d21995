import { Writer } from '@platformatic/kafka';
import type { HeartbeatAnswer, HeartbeatRequest } from '../requests.ts';
import type { WireRequest } from './wire-request.ts';

/*
  Heartbeat Request (Version: 4) => group_id generation_id member_id group_instance_id TAG_BUFFER
  Heartbeat Response (Version: 4) => throttle_time_ms error_code TAG_BUFFER
*/
export const heartbeat: WireRequest<HeartbeatRequest, HeartbeatAnswer> = {
  apiKey: 12,
  version: 4,
  write: ({ groupId, generationId, memberId, instanceId }) =>
    Writer.create()
      .appendString(groupId)
      .appendInt32(generationId)
      .appendString(memberId)
      .appendString(instanceId)
      .appendTaggedFields(),
  read: (reader) => {
    reader.readInt32();
    return { errorCode: reader.readInt16() };
  },
};
