/**
 * The DynamoDB sink as a Lambda function: `handler` for event source mappings of MSK (or of a Kafka of one's own) over the topics of
 * balances and merchants. FLUXO_DYNAMODB names the table, FLUXO_REGISTRY the registry, which is asked once when an instance starts and when a
 * schema is new to it. The mapping begins at TRIM_HORIZON, or in the consumer group of the sink process it takes over from.
 */
import { SchemaRegistryClient, TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { requiredSetting } from '@fluxo/telemetry';
import type { MSKHandler } from 'aws-lambda';
import { DynamodbStore } from './dynamodb-store.ts';
import { KafkaEventHandler } from './kafka-event.handler.ts';

const registry = new SchemaRegistryClient(requiredSetting('FLUXO_REGISTRY'));
const events = new KafkaEventHandler({
  store: new DynamodbStore(requiredSetting('FLUXO_DYNAMODB')),
  codecs: {
    dailyBalances: await TopicCodec.open(registry, topics.dailyBalances),
    merchants: await TopicCodec.open(registry, topics.merchants),
  },
});

/** Resolves when the batch is written; whatever it throws makes the mapping hand the batch over again. */
export const handler: MSKHandler = async (event) => {
  await events.handle(event);
};
