/** The codecs of every topic of the catalogue, by the topic's name there: what whoever folds, or judges a fold, needs. */
import { allTopics, topics } from '@fluxo/schemas';
import { LocalRegistry } from './local-registry.ts';
import { registerSchemas } from './register-schemas.ts';
import type { RegistryPort } from './registry-port.ts';
import { TopicCodec } from './topic-codec.ts';

export type TopicCodecs = { readonly [Name in keyof typeof topics]: TopicCodec };

/** Opens them all. Fails like `TopicCodec.open`. */
export async function openTopicCodecs(registry: RegistryPort): Promise<TopicCodecs> {
  const names = Object.keys(topics) as (keyof typeof topics)[];
  const opened = names.map(async (name) => [name, await TopicCodec.open(registry, topics[name])] as const);
  return Object.fromEntries(await Promise.all(opened)) as TopicCodecs;
}

/** The same over a registry of their own in memory, which has the catalogue's schemas: where no record comes from elsewhere. */
export async function openLocalCodecs(): Promise<TopicCodecs> {
  const registry = new LocalRegistry();
  await registerSchemas(registry, allTopics);
  return openTopicCodecs(registry);
}
