/** What the stages agree on: topics, Avro records, partitions, view layouts, HTTP. Stages meet here and nowhere else. */
export { avroSchemas } from './generated/avro-schemas.ts';
export type * from './generated/types.ts';
export * from './http/balance.ts';
export * from './http/entries.ts';
export type * from './http/ledger.ts';
export * from './http/ledger-schemas.ts';
export * from './http/merchant.ts';
export * from './http/operations.ts';
export type * from './http/page.ts';
export * from './http/problem.ts';
export * from './http/statement.ts';
export * from './iso-date.ts';
export * from './partition.ts';
export * from './principals.ts';
export * from './topics.ts';
export * from './views/dynamodb.ts';
export * from './views/exports.ts';
export * from './views/redis.ts';
