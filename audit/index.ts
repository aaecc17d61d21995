/**
 * The system's own judge (reliability.md section 1): recounts everything from the submissions, naively and with nothing of the
 * processor's, and compares topics and views key by key.
 */
export * from './audit.ts';
export { AuditError, type AuditErrorCode } from './audit-error.ts';
export { type Difference, Differences, differenceText } from './difference.ts';
export { KafkaLogs } from './kafka-logs.ts';
export { type ChainBreak, ChainVerifier } from './ledger-chain.ts';
export type { AuditLogs, LogRange } from './logs.ts';
export type { PassedBatch } from './passed-batch.ts';
export type { AuditCodecs } from './slice-judge.ts';
export { DynamodbView } from './views/dynamodb.view.ts';
export { PostgresView } from './views/postgres.view.ts';
export { QueryApiView } from './views/query-api.view.ts';
export { RedisView } from './views/redis.view.ts';
export type { KnownMerchant, ShownMerchant, View, ViewProblem } from './views/view.ts';
