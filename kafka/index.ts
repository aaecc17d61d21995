/** The only importers of the Kafka client, of avsc and of the registry client. */
export * from './avro/index.ts';
export * from './idempotent-producer.ts';
