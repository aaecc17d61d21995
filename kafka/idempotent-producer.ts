/**
 * The idempotent kafkajs producer for everything that writes submissions: acknowledged by all in-sync replicas, one request in
 * flight per broker, so that retries neither double nor reorder what one producer sends. A record without a partition of its
 * own goes to the partition of its key (spec.md section 2), whatever the number of partitions is. Not for the processor, whose
 * writes are transactions of our own.
 */

import { partitionOf } from '@fluxo/schemas';
import { type ICustomPartitioner, Kafka, logLevel, type Producer } from 'kafkajs';
import { mendIdleTimer } from './kafkajs-idle-timer.ts';

mendIdleTimer();

export type IdempotentProducerOptions = {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** How often kafkajs repeats a request that failed for a passing reason, with growing pauses up to 2 s. Default: for ever. */
  readonly retries?: number;
};

/** A record without partition and key goes to partition 0: always the same one, so that it is found again. */
const byKey: ICustomPartitioner =
  () =>
  ({ message, partitionMetadata }) =>
    message.partition ??
    (message.key == null ? 0 : partitionOf(Buffer.from(message.key), partitionMetadata.length));

/**
 * A connected producer. Failures are the callers', so it logs nothing. Sending again what failed is safe on the same producer
 * as long as it is the same messages: the broker knows their sequence numbers. Fails when no broker answers within seconds.
 */
export async function createIdempotentProducer(options: IdempotentProducerOptions): Promise<Producer> {
  const kafka = new Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 2_000 },
  });
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: byKey,
    retry: {
      retries: options.retries ?? Number.MAX_SAFE_INTEGER,
      initialRetryTime: 100,
      maxRetryTime: 2_000,
    },
  });
  await producer.connect();
  return producer;
}

/**
 * Whether what failed with this error may be sent again, unchanged, on the same producer. If not, the producer's state is
 * unknown and a new one is needed; what had arrived after all is then in the log twice, and counted once by its id.
 */
export function mayRepeat(error: unknown): boolean {
  return (error as { name?: unknown } | null)?.name === 'KafkaJSNumberOfRetriesExceeded';
}
