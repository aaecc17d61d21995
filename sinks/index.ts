/** The sinks for those who embed or test them: the loop and its contract, and the stores it can write to. */
export * from './engine/ports.ts';
export * from './engine/sink.ts';
export * from './engine/sink-loop.ts';
export * from './engine/sink-observer.ts';
export { RedisBalanceSink } from './redis/balance.sink.ts';
export { RedisMerchantSink } from './redis/merchant.sink.ts';
export { RedisStore } from './redis/redis-store.ts';
