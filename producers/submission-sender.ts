/**
 * Sends submissions to Kafka: encodes them and keeps their order. The idempotent producer underneath makes repeating a delivery
 * harmless; where even that cannot (a new producer id after an unknown outcome), the processor drops the second copy by its id.
 */
import type { Submission } from '@fluxo/domain';
import {
  type BrokerAccess,
  IdempotentProducer,
  type MessageToSend,
  type RegistryPort,
  SchemaRegistryClient,
  TopicCodec,
} from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { ProducerError } from './producer-error.ts';

export type SenderOptions = BrokerAccess & {
  /** Base URL of the registry's Confluent-style API, or a registry. */
  readonly registry: string | RegistryPort;
  readonly clientId: string;
};

/** Some submissions, encoded. Its identity matters: the same one may be delivered again until it is acknowledged. */
export type Delivery = readonly MessageToSend[];

/** Passing failures are repeated this often by the client, a few seconds, before an attempt fails. */
const RETRIES = 3;
/** Of `send`, for callers who want to be told. */
const ATTEMPTS_MAX = 5;

export class SubmissionSender {
  readonly #codec: TopicCodec;
  readonly #producer: IdempotentProducer;

  private constructor(codec: TopicCodec, producer: IdempotentProducer) {
    this.#codec = codec;
    this.#producer = producer;
  }

  /** Fails when no broker answers, or with the registry's failure. */
  static async connect({ registry, ...access }: SenderOptions): Promise<SubmissionSender> {
    const port = typeof registry === 'string' ? new SchemaRegistryClient(registry) : registry;
    const codec = await TopicCodec.open(port, topics.submissions);
    return new SubmissionSender(codec, await IdempotentProducer.connect({ ...access, retries: RETRIES }));
  }

  /** These submissions, encoded, none of them sent yet. */
  deliveryOf(submissions: readonly Submission[]): Delivery {
    return submissions.map(({ type, value }) => ({
      key: value.merchantId,
      value: this.#codec.encode(type, value as never),
    }));
  }

  /** Resolves when all are acknowledged. Repeat it with the same delivery after a failure: it goes on where it stopped. */
  deliver(delivery: Delivery): Promise<void> {
    return this.#producer.send(topics.submissions.name, delivery);
  }

  /**
   * Sends them in order; resolves when all are acknowledged. Fails with `not-acknowledged` after some attempts, when it is not
   * known which of them have arrived: sending them again, whenever that is, counts none of them twice.
   */
  async send(submissions: readonly Submission[]): Promise<void> {
    const delivery = this.deliveryOf(submissions);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.deliver(delivery);
        return;
      } catch (error) {
        if (attempt === ATTEMPTS_MAX) throw notAcknowledged(error);
      }
    }
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }
}

function notAcknowledged(cause: unknown): ProducerError {
  const message = `Kafka did not acknowledge the submissions (${(cause as Error).message}): some may have arrived. Send them again when it answers; none counts twice.`;
  return new ProducerError('not-acknowledged', message, cause);
}
