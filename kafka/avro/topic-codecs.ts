/** The codecs of every topic of the catalogue, by the topic's name there: what whoever folds, or judges a fold, needs. */
import { topics } from '@fluxo/schemas';
import type { RegistryPort } from './registry-port.ts';
import { TopicCodec } from './topic-codec.ts';

export type TopicCodecs = { readonly [Name in keyof typeof topics]: TopicCodec };

/** Opens them all. Fails like `TopicCodec.open`. */
export async function openTopicCodecs(registry: RegistryPort): Promise<TopicCodecs> {
  return {
    submissions: await TopicCodec.open(registry, topics.submissions),
    ledger: await TopicCodec.open(registry, topics.ledger),
    dailyBalances: await TopicCodec.open(registry, topics.dailyBalances),
    merchants: await TopicCodec.open(registry, topics.merchants),
    rejections: await TopicCodec.open(registry, topics.rejections),
  };
}
