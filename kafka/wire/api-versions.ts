import { Reader, Writer } from '@platformatic/kafka';
import type { ApiVersionsAnswer } from '../requests.ts';
import type { WireRequest } from './wire-request.ts';

/*
  ApiVersions Request (Version: 3) => client_software_name client_software_version TAG_BUFFER
  ApiVersions Response (Version: 3) => error_code [api_keys] throttle_time_ms TAG_BUFFER
    api_keys => api_key min_version max_version TAG_BUFFER
    TAG 2: finalized_features => name max_version_level min_version_level TAG_BUFFER
*/
const FINALIZED_FEATURES_TAG = 2;

export const apiVersions: WireRequest<void, ApiVersionsAnswer> = {
  apiKey: 18,
  version: 3,
  write: () => Writer.create().appendString('fluxo').appendString('1').appendTaggedFields(),
  read: (reader) => {
    const errorCode = reader.readInt16();
    const apis = reader.readArray(() => ({
      apiKey: reader.readInt16(),
      minVersion: reader.readInt16(),
      maxVersion: reader.readInt16(),
    }));
    reader.readInt32();
    return { errorCode, apis, finalizedFeatures: readFinalizedFeatures(reader) };
  },
};

function readFinalizedFeatures(reader: Reader): ReadonlyMap<string, number> {
  const features = new Map<string, number>();
  const tags = reader.readUnsignedVarInt();
  for (let index = 0; index < tags; index++) {
    const tag = reader.readUnsignedVarInt();
    const size = reader.readUnsignedVarInt();
    if (tag === FINALIZED_FEATURES_TAG) {
      const field = new Reader(reader.buffer.subarray(reader.position, reader.position + size));
      for (const [name, level] of field.readArray(() => readFeature(field))) features.set(name, level);
    }
    reader.skip(size);
  }
  return features;
}

function readFeature(reader: Reader): [name: string, level: number] {
  const name = reader.readString();
  const level = reader.readInt16();
  reader.readInt16();
  return [name, level];
}
