/** The query API for those who embed or test it: the application, and the views it can stand on. */
export { type AppOptions, buildApp } from './build-app.ts';
export * from './views/balance-view.ts';
export { DynamodbView } from './views/dynamodb/dynamodb-view.ts';
export { GuardedView } from './views/guarded-view.ts';
export * from './views/ledger-view.ts';
export { MemoryView } from './views/memory/memory-view.ts';
export * from './views/memory/topic-feed.ts';
export { PostgresLedgerView } from './views/postgres/postgres-ledger-view.ts';
export { PostgresStatementView } from './views/postgres/postgres-statement-view.ts';
export { ReadingFloor } from './views/reading-floor.ts';
export { RedisView } from './views/redis/redis-view.ts';
export * from './views/statement-view.ts';
export { TieredView } from './views/tiered-view.ts';
