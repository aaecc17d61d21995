/**
 * Schemas that producers register while the processor runs: whatever was registered before a submission was sent is known when the
 * submission is looked at, also where somebody else was asking the registry already. Otherwise a good entry would be refused for ever.
 */
import { LocalRegistry, openTopicCodecs, type RegistryPort, registerSchemas } from '@fluxo/kafka';
import { allTopics, avroSchemas, subjectOf, topics } from '@fluxo/schemas';
import { expect, test } from '@jest/globals';
import type { AvroSchema } from '../../kafka/avro/avro-schema.ts';
import type { LogRecord } from '../engine/ports.ts';
import { dailyBalanceTopology } from './daily-balance.topology.ts';

type OwnSchema = { readonly fields: readonly object[] };

/** A registry whose answers stay on their way until they are let go. */
class SlowRegistry extends LocalRegistry {
  #arrival = Promise.withResolvers<void>();
  listings = 0;

  override async schemasUnder(subject: string): ReturnType<RegistryPort['schemasUnder']> {
    this.listings += 1;
    const listed = await super.schemasUnder(subject);
    await this.#arrival.promise;
    return listed;
  }

  letGo(): void {
    this.#arrival.resolve();
  }

  holdBack(): void {
    this.#arrival = Promise.withResolvers();
  }
}

/** What a newer till sends: it registers its version of the schema first. */
async function submissionOfNewerTill(
  registry: LocalRegistry,
  name: 'EntrySubmitted' | 'TransferSubmitted',
): Promise<LogRecord> {
  const own = avroSchemas[name] as unknown as OwnSchema;
  const later = { ...own, fields: [...own.fields, { name: 'isTraining', type: 'boolean', default: false }] };
  const id = await registry.register(subjectOf(topics.submissions, name), later as unknown as AvroSchema);
  const value = Buffer.alloc(9);
  value.writeInt32BE(id, 1);
  return { offset: 0, timestampMs: 0, key: null, value };
}

async function openTopology() {
  const registry = new SlowRegistry();
  registry.letGo();
  await registerSchemas(registry, allTopics);
  const codecs = await openTopicCodecs(registry);
  registry.holdBack();
  registry.listings = 0;
  return { registry, codecs, topology: dailyBalanceTopology({ codecs, partitions: 12 }) };
}

test('a schema that is registered while the registry is being asked for another one is learnt as well', async () => {
  const { registry, codecs, topology } = await openTopology();
  const entry = await submissionOfNewerTill(registry, 'EntrySubmitted');
  const first = topology.prepare([entry]);
  const transfer = await submissionOfNewerTill(registry, 'TransferSubmitted');
  const second = topology.prepare([transfer]);
  registry.letGo();
  await Promise.all([first, second]);
  expect([entry, transfer].filter(({ value }) => codecs.submissions.hasUnknownSchema(value))).toEqual([]);
  expect(topology.prepare([entry, transfer])).toBeNull();
});

test('partitions that meet a schema ask together: with the question under way there are two', async () => {
  const { registry, topology } = await openTopology();
  const entry = await submissionOfNewerTill(registry, 'EntrySubmitted');
  const first = topology.prepare([entry]);
  await Promise.resolve();
  const others = Array.from({ length: 11 }, () => topology.prepare([entry]));
  registry.letGo();
  await Promise.all([first, ...others]);
  expect(registry.listings).toBe(2 * topics.submissions.values.length);
});
