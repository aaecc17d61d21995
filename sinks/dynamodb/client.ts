/** The connection to DynamoDB as the sink wants it: patient with throttling, not with a connection that says nothing. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoTable } from '@fluxo/schemas';

/** Writes of one process that are under way at the same time; each has a connection. */
export const WRITES_AT_ONCE = 32;

/**
 * The client repeats what was throttled, failed on the server's side or got lost, after pauses that double and are drawn by lot
 * (its "standard" mode); a budget that all requests share, spent by repetitions and earned by successes, keeps it from drowning a service in trouble.
 */
const ATTEMPTS = 6;
const CONNECT_WITHIN_MS = 1_000;
/** A write without an answer may have happened; the guard makes repeating it harmless. */
const ANSWER_WITHIN_MS = 3_000;

/** AWS takes the credentials of its own chain (role, environment, profile); a DynamoDB Local takes any. */
export function openClient({ endpoint, region, isLocal }: DynamoTable): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region,
    ...(isLocal ? { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } } : {}),
    retryMode: 'standard',
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_WITHIN_MS,
      requestTimeout: ANSWER_WITHIN_MS,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: WRITES_AT_ONCE },
      httpsAgent: { keepAlive: true, maxSockets: WRITES_AT_ONCE },
    },
  });
}
