/**
 * Puts every record of every topic under its subject (TopicRecordNameStrategy), each subject FULL_TRANSITIVE: whatever was
 * ever written stays readable, and former readers read what is written now. Doing it again changes nothing.
 */
import { avroSchemas, type RecordName, subjectOf, type TopicDefinition } from '@fluxo/schemas';
import type { AvroSchema } from './avro-schema.ts';
import type { RegistryPort } from './registry-port.ts';

/**
 * Registers the values of these topics. Fails with `incompatible-schema`, naming subject and reason, when a schema has
 * changed in a way that would break a reader or writer: nothing that follows is registered then.
 */
export async function registerSchemas(
  registry: RegistryPort,
  topics: readonly TopicDefinition[],
): Promise<void> {
  for (const topic of topics)
    for (const record of topic.values) await registerRecord(registry, topic, record);
}

/** A registry sets the level of existing subjects only, so a new one gets its first version before it. */
async function registerRecord(
  registry: RegistryPort,
  topic: TopicDefinition,
  record: RecordName,
): Promise<void> {
  const subject = subjectOf(topic, record);
  const schema: AvroSchema = avroSchemas[record];
  const versions = await registry.schemasUnder(subject);
  if (versions.length === 0) await registry.register(subject, schema);
  await registry.setCompatibility(subject, 'FULL_TRANSITIVE');
  if (versions.length > 0) await registry.register(subject, schema);
}
