/** kafkajs' administrator for as long as some work takes: connected before, gone afterwards, its failures in our words. */
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { type BrokerAccess, kafkajsSecurity } from './broker-access.ts';
import { KafkaFailure } from './kafka-failure.ts';

/** `undone` begins the message of a failure, such as "The topics could not be checked". Fails with `temporarily-unavailable`, or as the work does. */
export async function withAdmin<T>(
  { brokers, security }: BrokerAccess,
  undone: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const kafka = new Kafka({
    ...kafkajsSecurity(security),
    brokers: [...brokers],
    clientId: 'fluxo-admin',
    logLevel: logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 100, maxRetryTime: 2_000 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin);
  } catch (error) {
    if (error instanceof KafkaFailure) throw error;
    throw new KafkaFailure(
      'temporarily-unavailable',
      `${undone} at ${brokers.join(', ')}: ${(error as Error).message}`,
      { cause: error },
    );
  } finally {
    await admin.disconnect();
  }
}
