/**
 * Sends submissions to Kafka: encodes them, keeps the order of each merchant, and knows what has been acknowledged when an
 * attempt fails, so that only the rest is sent again. The idempotent producer underneath makes the repetition harmless; where
 * even that cannot (a new producer after an unknown outcome), the processor drops the second copy by its id.
 */
import type { Submission } from '@fluxo/domain';
import {
  createIdempotentProducer,
  mayRepeat,
  type RegistryPort,
  SchemaRegistryClient,
  TopicCodec,
} from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { ProducerError } from './producer-error.ts';

export type SenderOptions = {
  readonly brokers: readonly string[];
  /** Base URL of the registry's Confluent-style API, or a registry. */
  readonly registry: string | RegistryPort;
  readonly clientId: string;
};

type Message = { readonly key: Buffer; readonly value: Buffer };
type IdempotentProducer = Awaited<ReturnType<typeof createIdempotentProducer>>;

/** Passing failures are repeated this often by the client, a few seconds, before an attempt fails. */
const RETRIES = 3;
/** Of `send`, for callers who want to be told. */
const ATTEMPTS_MAX = 5;
/** kafkajs copies a partition's messages for each further one, and a record batch must stay below 1 MiB. */
const REQUEST_RECORDS_MAX = 500;
/** Sequence numbers are 32 bits and kafkajs does not wrap them: a new producer starts from 0 long before (2^31). */
const RECORDS_PER_PRODUCER_MAX = 2 ** 30;

export class SubmissionSender {
  readonly #options: SenderOptions;
  readonly #codec: TopicCodec;
  readonly #recordsMax: number;
  #producer: IdempotentProducer;
  #records = 0;

  private constructor(
    options: SenderOptions,
    parts: { codec: TopicCodec; producer: IdempotentProducer; recordsMax: number },
  ) {
    this.#options = options;
    this.#codec = parts.codec;
    this.#producer = parts.producer;
    this.#recordsMax = parts.recordsMax;
  }

  /** Fails when no broker answers, or with the registry's failure. `recordsMax` is for tests of the renewal. */
  static async connect(
    options: SenderOptions,
    recordsMax: number = RECORDS_PER_PRODUCER_MAX,
  ): Promise<SubmissionSender> {
    const { registry } = options;
    const port = typeof registry === 'string' ? new SchemaRegistryClient(registry) : registry;
    const codec = await TopicCodec.open(port, topics.submissions);
    const producer = await connectProducer(options);
    return new SubmissionSender(options, { codec, producer, recordsMax });
  }

  /** These submissions, encoded, none of them sent yet. */
  deliveryOf(submissions: readonly Submission[]): Delivery {
    const byMerchant = Map.groupBy(submissions, ({ value }) => value.merchantId);
    const requests = [...byMerchant].map(([merchantId, group]) => ({
      key: Buffer.from(merchantId),
      values: group.map(({ type, value }) => this.#codec.encode(type, value as never)),
    }));
    return new Delivery(requests, (messages) => this.#send(messages));
  }

  /**
   * Sends them in order; resolves when all are acknowledged. Fails with `not-acknowledged` after some attempts, when it is not
   * known which of them have arrived: sending them again, whenever that is, counts none of them twice.
   */
  async send(submissions: readonly Submission[]): Promise<void> {
    const delivery = this.deliveryOf(submissions);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await delivery.attempt();
        return;
      } catch (error) {
        if (attempt === ATTEMPTS_MAX) throw notAcknowledged(error);
        await this.recover(error).catch(() => {});
      }
    }
  }

  /** Makes ready for another attempt after one that failed with this error. */
  async recover(error: unknown): Promise<void> {
    if (!mayRepeat(error)) await this.#renew();
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }

  async #send(messages: readonly Message[]): Promise<void> {
    if (this.#records + messages.length > this.#recordsMax) await this.#renew();
    this.#records += messages.length;
    await this.#producer.send({ topic: topics.submissions.name, acks: -1, messages: [...messages] });
  }

  async #renew(): Promise<void> {
    const former = this.#producer;
    this.#producer = await connectProducer(this.#options);
    this.#records = 0;
    await former.disconnect();
  }
}

type MerchantRequest = { readonly key: Buffer; readonly values: readonly Buffer[] };

/** Some submissions on their way: each merchant's in their order, the merchants side by side. */
export class Delivery {
  readonly #send: (messages: readonly Message[]) => Promise<void>;
  #open: readonly MerchantRequest[];

  constructor(requests: readonly MerchantRequest[], send: (messages: readonly Message[]) => Promise<void>) {
    this.#open = requests;
    this.#send = send;
  }

  /** Sends what has not been acknowledged yet; resolves when all is. Repeat it after a failure. */
  async attempt(): Promise<void> {
    const outcomes = await Promise.all(this.#open.map((request) => this.#deliver(request)));
    this.#open = outcomes.flatMap(({ rest }) => (rest === null ? [] : [rest]));
    const failed = outcomes.find(({ rest }) => rest !== null);
    if (failed !== undefined) throw failed.error;
  }

  /** One request at a time; the first that fails keeps its messages together, because only the same ones may be repeated. */
  async #deliver({
    key,
    values,
  }: MerchantRequest): Promise<{ rest: MerchantRequest | null; error?: unknown }> {
    for (let at = 0; at < values.length; at += REQUEST_RECORDS_MAX) {
      const messages = values.slice(at, at + REQUEST_RECORDS_MAX).map((value) => ({ key, value }));
      try {
        await this.#send(messages);
      } catch (error) {
        return { rest: { key, values: values.slice(at) }, error };
      }
    }
    return { rest: null };
  }
}

function notAcknowledged(cause: unknown): ProducerError {
  const message = `Kafka did not acknowledge the submissions (${(cause as Error).message}): some may have arrived. Send them again when it answers; none counts twice.`;
  return new ProducerError('not-acknowledged', message, cause);
}

async function connectProducer({ brokers, clientId }: SenderOptions): Promise<IdempotentProducer> {
  return createIdempotentProducer({ brokers, clientId, retries: RETRIES });
}
