/**
 * Creates the topics and registers the schemas of the catalogue, then ends. Where they are there already it compares and
 * changes nothing; a difference is an error that names it.
 */
import { createTopics, registerSchemas, SchemaRegistryClient } from '@fluxo/kafka';
import { allTopics } from '@fluxo/schemas';
import { stackAddresses } from './addresses.ts';
import { demandCompatibility } from './servers/registry.ts';

const { kafka, registry } = stackAddresses();

try {
  await demandCompatibility(registry);
  const created = await createTopics({ brokers: kafka.split(','), topics: allTopics });
  await registerSchemas(new SchemaRegistryClient(registry), allTopics);
  console.log(`${created.length} topics created; all ${allTopics.length} and their schemas are in place`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
