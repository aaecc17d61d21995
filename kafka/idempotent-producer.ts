/**
 * The idempotent producer for everything that writes submissions: acknowledged by all in-sync replicas, in order, and repeated
 * without doubling. A record without a partition of its own goes to the partition of its key (spec.md section 2). Not for the
 * processor, whose writes are transactions of our own.
 *
 * kafkajs underneath, one request at a time, and after a failure nothing but that request again. kafkajs 2.2.4 numbers a
 * request when it goes out and takes the numbers back when it fails, so whatever it sends next gets the numbers of a request
 * that may have arrived: the broker then takes it for a repetition, acknowledges it and drops it. An entry would be lost.
 */

import { partitionOf } from '@fluxo/schemas';
import { type ICustomPartitioner, Kafka, logLevel, type Producer } from 'kafkajs';
import { type BrokerAccess, kafkajsSecurity } from './broker-access.ts';
import { mendIdleTimer } from './kafkajs-idle-timer.ts';

mendIdleTimer();

export type IdempotentProducerOptions = BrokerAccess & {
  readonly clientId: string;
  /** How often kafkajs repeats a request that failed for a passing reason, with growing pauses up to 2 s. Default: for ever. */
  readonly retries?: number;
  /** Messages before it takes a new producer id; for tests of the renewal. */
  readonly recordsMax?: number;
};

export type MessageToSend = {
  readonly key: Buffer | string | null;
  readonly value: Buffer;
  /** Default: the partition of the key. */
  readonly partition?: number;
  /** Small texts beside the record; the processor does not read them. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** What of a call is not acknowledged yet: the first request may have arrived. */
type Delivery = { readonly messages: readonly MessageToSend[]; readonly rest: MessageToSend[][] };

/** kafkajs copies a partition's messages for each further one in a request. */
const REQUEST_RECORDS_MAX = 500;
/** A broker takes batches up to `message.max.bytes`, 1048588 by default; a longer single message goes alone. */
const REQUEST_BYTES_MAX = 900_000;
/** Sequence numbers are 32 bits and kafkajs does not wrap them: a new producer starts from 0 long before (2^31). */
const RECORDS_PER_PRODUCER_MAX = 2 ** 30;

/** A record without partition and key goes to partition 0: always the same one, so that it is found again. */
const byKey: ICustomPartitioner =
  () =>
  ({ message, partitionMetadata }) =>
    message.partition ??
    (message.key == null ? 0 : partitionOf(Buffer.from(message.key), partitionMetadata.length));

export class IdempotentProducer {
  readonly #options: IdempotentProducerOptions;
  #producer: Producer;
  /** The call before, whatever became of it. */
  #turn: Promise<unknown> = Promise.resolve();
  #failed: Delivery | null = null;
  #isUsable = true;
  #records = 0;

  private constructor(options: IdempotentProducerOptions, producer: Producer) {
    this.#options = options;
    this.#producer = producer;
  }

  /** Fails when no broker answers within seconds. */
  static async connect(options: IdempotentProducerOptions): Promise<IdempotentProducer> {
    return new IdempotentProducer(options, await connected(options));
  }

  /**
   * Resolves when all are acknowledged; calls take their turns. After a failure the same array goes on where it stopped and
   * doubles nothing; where it cannot (another array comes first, or the broker gave a reason that does not pass), a new
   * producer id is taken, and what had arrived after all may be in the log twice, to be counted once by its id.
   */
  send(topic: string, messages: readonly MessageToSend[]): Promise<void> {
    const sent = this.#turn.then(() => this.#deliver(topic, messages));
    this.#turn = sent.catch(() => {});
    return sent;
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }

  async #deliver(topic: string, messages: readonly MessageToSend[]): Promise<void> {
    const isSame = this.#failed?.messages === messages;
    if (!this.#isUsable || (this.#failed !== null && !isSame)) await this.#renew();
    const delivery =
      this.#failed !== null && isSame ? this.#failed : { messages, rest: requestsOf(messages) };
    this.#failed = delivery;
    for (let next = delivery.rest[0]; next !== undefined; next = delivery.rest[0]) {
      await this.#request(topic, next);
      delivery.rest.shift();
    }
    this.#failed = null;
  }

  async #request(topic: string, messages: MessageToSend[]): Promise<void> {
    const { recordsMax = RECORDS_PER_PRODUCER_MAX } = this.#options;
    if (this.#records + messages.length > recordsMax && this.#records > 0) await this.#renew();
    this.#records += messages.length;
    try {
      await this.#producer.send({ topic, acks: -1, messages });
    } catch (error) {
      this.#isUsable = !isRefusedForGood(error);
      throw error;
    }
  }

  async #renew(): Promise<void> {
    const former = this.#producer;
    this.#producer = await connected(this.#options);
    this.#isUsable = true;
    this.#records = 0;
    await former.disconnect();
  }
}

/**
 * A broker that refuses for good does not share our idea of the sequence numbers (it forgot the producer id, say); after
 * everything else kafkajs has them as they were before the request.
 */
function isRefusedForGood(error: unknown): boolean {
  return (error as { name?: unknown } | null)?.name === 'KafkaJSProtocolError';
}

function requestsOf(messages: readonly MessageToSend[]): MessageToSend[][] {
  const requests: MessageToSend[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const size = (message.key?.length ?? 0) + message.value.length;
    const last = requests.at(-1);
    if (last === undefined || last.length >= REQUEST_RECORDS_MAX || bytes + size > REQUEST_BYTES_MAX) {
      requests.push([message]);
      bytes = size;
    } else {
      last.push(message);
      bytes += size;
    }
  }
  return requests;
}

/** Failures are the callers', so it logs nothing. */
async function connected(options: IdempotentProducerOptions): Promise<Producer> {
  const { brokers, security, clientId, retries } = options;
  const kafka = new Kafka({
    ...kafkajsSecurity(security),
    brokers: [...brokers],
    clientId,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 2_000 },
  });
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: byKey,
    retry: { retries: retries ?? Number.MAX_SAFE_INTEGER, initialRetryTime: 100, maxRetryTime: 2_000 },
  });
  await producer.connect();
  return producer;
}
