/** The sinks for those who embed or test them: the loop and its contract, and the stores it can write to. */
export { DynamodbBalanceSink } from './dynamodb/balance.sink.ts';
export { DynamodbStore } from './dynamodb/dynamodb-store.ts';
export { KafkaEventHandler } from './dynamodb/kafka-event.handler.ts';
export { DynamodbMerchantSink } from './dynamodb/merchant.sink.ts';
export * from './engine/ports.ts';
export * from './engine/sink.ts';
export * from './engine/sink-loop.ts';
export * from './engine/sink-observer.ts';
export { PostgresBalanceSink } from './postgres/balance.sink.ts';
export { PostgresLedgerSink, type ReturnedId } from './postgres/ledger.sink.ts';
export { PostgresMerchantSink } from './postgres/merchant.sink.ts';
export { PostgresStore } from './postgres/postgres-store.ts';
export { PostgresRejectionSink } from './postgres/rejection.sink.ts';
export { RedisBalanceSink } from './redis/balance.sink.ts';
export { RedisMerchantSink } from './redis/merchant.sink.ts';
export { RedisGeneration } from './redis/redis-generation.ts';
export { RedisStore } from './redis/redis-store.ts';
