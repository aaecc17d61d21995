/**
 * What a failed request means for the sink. What time can heal becomes a `RetriableSinkError`: throttling, a service in trouble, a
 * connection that failed, credentials that cannot be had at the moment, a table that is still to be made. What no repetition
 * mends (no permission, a request the service does not understand) goes on as it is and ends the process.
 */
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { PositionLostError, RetriableSinkError, SinkRefusedError } from '../engine/sink.ts';

/** Refusals that count as the client's fault and yet pass. */
const PASSING = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'TransactionConflictException',
  'ReplicatedWriteConflictException',
  'ResourceNotFoundException',
  'ResourceInUseException',
  'ExpiredTokenException',
  'RequestTimeTooSkewed',
]);

/** Runs the step; its failures come out as this file's opening says. */
export async function translated<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (isFinal(error)) throw error;
    throw new RetriableSinkError(`DynamoDB does not take this now: ${meaningOf(error as Error)}`, {
      cause: error,
    });
  }
}

function isFinal(error: unknown): boolean {
  if (error instanceof DynamoDBServiceException)
    return error.$fault === 'client' && !PASSING.has(error.name) && error.$retryable === undefined;
  return [PositionLostError, SinkRefusedError, RetriableSinkError, TypeError, RangeError].some(
    (kind) => error instanceof kind,
  );
}

function meaningOf(error: Error): string {
  if (error.name !== 'ResourceNotFoundException') return `${error.name}: ${error.message}`;
  return 'there is no such table. It is made by `node sinks/dynamodb/provision.ts`, and waited for until then.';
}
