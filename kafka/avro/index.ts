/** Avro and the schema registry: wire format, guard, JSON form, compatibility. */
export type { AvroSchema } from './avro-schema.ts';
export { incompatibilityOf } from './compatibility.ts';
export * from './json-form.ts';
export { LocalRegistry } from './local-registry.ts';
export { registerSchemas } from './register-schemas.ts';
export * from './registry-port.ts';
export { SchemaRegistryClient } from './schema-registry-client.ts';
export { type Decoded, TopicCodec } from './topic-codec.ts';
export { openLocalCodecs, openTopicCodecs, type TopicCodecs } from './topic-codecs.ts';
export { WIRE_HEADER_BYTES } from './wire-header.ts';
