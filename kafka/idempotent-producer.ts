/**
 * The idempotent producer for everything that writes submissions: acknowledged by all in-sync replicas, and in order. A record
 * without a partition of its own goes to the partition of its key (spec.md section 2). Not for the processor, whose writes are
 * transactions of our own.
 *
 * kafkajs underneath, one request at a time, repeated by us and never by kafkajs. kafkajs 2.2.4 numbers a request when it goes out
 * and takes the numbers back when it fails, also when it fails late, while others are on their way already: what comes next gets
 * the numbers of something that may have arrived, and the broker takes it for a repetition, acknowledges it and drops it. An entry
 * would be lost. So after any failure the whole kafkajs producer is left alone with whatever it still waits for, and another one,
 * with another producer id and fresh metadata, repeats the request. What had arrived after all is then in the log twice, to be
 * counted once by its id.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf } from '@fluxo/schemas';
import { type ICustomPartitioner, Kafka, logLevel, type Producer } from 'kafkajs';
import { type BrokerAccess, kafkajsSecurity } from './broker-access.ts';
import { KafkaFailure } from './kafka-failure.ts';
import { mendIdleTimer } from './kafkajs-idle-timer.ts';

mendIdleTimer();

type IdempotentProducerOptions = BrokerAccess & {
  readonly clientId: string;
  /** How often a request that failed for a passing reason is repeated, with growing pauses up to 2 s. Default: for ever. */
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

type Request = { readonly topic: string; readonly messages: MessageToSend[] };

/** What of a call is not acknowledged yet: the first request may have arrived, on some of its partitions or on all. */
type Delivery = { readonly messages: readonly MessageToSend[]; readonly rest: MessageToSend[][] };

/** kafkajs copies a partition's messages for each further one in a request. */
const REQUEST_RECORDS_MAX = 500;
/** A broker takes batches up to `message.max.bytes`, 1048588 by default; a longer single message goes alone. */
const REQUEST_BYTES_MAX = 900_000;
/** Sequence numbers are 32 bits and kafkajs does not wrap them: a new producer starts from 0 long before (2^31). */
const RECORDS_PER_PRODUCER_MAX = 2 ** 30;
/** Before a producer id is asked for after a failure; it doubles with each failure until something is acknowledged. */
const PAUSE_MS = { first: 100, longest: 2_000 };
/**
 * Brokers fence one that has vanished after 9 s (`broker.session.timeout.ms`): only then does a partition have another leader, and only
 * then does acks=all no longer wait for the vanished follower. Given up sooner, a request would be repeated before it can succeed, and
 * be in the log twice for nothing; later, tills and relay would stand still for longer than the cluster does.
 */
const REQUEST_TIMEOUT_MS = 12_000;
/** How long a leader waits for its followers: it says that it took too long before we stop listening. */
const REPLICAS_WITHIN_MS = 11_000;
const CONNECTION_TIMEOUT_MS = 3_000;
/** kafkajs has no time limit for a login, and after a failure it asks the broker that is silent for metadata that nobody needs. */
const WITHIN_MS = { connect: 30_000, send: CONNECTION_TIMEOUT_MS + REQUEST_TIMEOUT_MS };
/** A topic that was just created is not known to every broker yet; one that is missing for longer is missing. */
const UNKNOWN_TOPIC_REPEATS_MAX = 3;
/** For these kafkajs gives up, but they are about the producer id, and ours is another one each time. */
const MENDED_BY_A_NEW_ID: ReadonlySet<unknown> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
]);

/**
 * A record without partition and key goes to partition 0: always the same one, so that it is found again. For a partition that the topic
 * does not have kafkajs would send nothing, and call it sent.
 */
const byKey: ICustomPartitioner =
  () =>
  ({ topic, message, partitionMetadata }) => {
    const { length } = partitionMetadata;
    const partition =
      message.partition ?? (message.key == null ? 0 : partitionOf(Buffer.from(message.key), length));
    if (partitionMetadata.some(({ partitionId }) => partitionId === partition)) return partition;
    throw new KafkaFailure(
      'unknown-topic',
      `Topic ${topic} has ${length} partitions, so there is no partition ${partition}: nothing was sent there.`,
    );
  };

export class IdempotentProducer {
  readonly #options: IdempotentProducerOptions;
  readonly #closing = new AbortController();
  /** Null after a failure, until the next one is connected. */
  #producer: Producer | null;
  /** The call before, whatever became of it. */
  #turn: Promise<unknown> = Promise.resolve();
  #sending: Promise<unknown> = Promise.resolve();
  /** Producers that are no longer used, on their way out. */
  #leaving: Promise<unknown> = Promise.resolve();
  #failed: Delivery | null = null;
  /** Since the last acknowledgement. */
  #failures = 0;
  #failedAtMs = 0;
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
   * Resolves when all are acknowledged; calls take their turns. A failure says that not all are: some may have arrived. After it
   * the same array goes on with the request that failed, of up to 500 records, all of them again on all of their partitions;
   * another array begins anew. Fails at once, or within a second for an unknown topic or partition, with what repeating cannot mend.
   */
  send(topic: string, messages: readonly MessageToSend[]): Promise<void> {
    const sent = this.#turn.then(() => this.#deliver(topic, messages));
    this.#turn = sent.catch(() => {});
    return sent;
  }

  /** Sends nothing more and waits for what is on its way, 12 s, or twice that behind something else. What is not acknowledged fails. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the producer is closed: what it has not acknowledged may have arrived'));
    this.#leave();
    await this.#leaving;
  }

  async #deliver(topic: string, messages: readonly MessageToSend[]): Promise<void> {
    if (this.#failed?.messages !== messages) this.#failed = { messages, rest: requestsOf(messages) };
    const { rest } = this.#failed;
    for (let next = rest[0]; next !== undefined; next = rest[0]) {
      await this.#untilAcknowledged({ topic, messages: next });
      rest.shift();
    }
    this.#failed = null;
  }

  async #untilAcknowledged(request: Request): Promise<void> {
    const { retries = Number.POSITIVE_INFINITY } = this.#options;
    for (let repeats = 0; ; repeats += 1) {
      try {
        await this.#request(request);
        return;
      } catch (error) {
        this.#closing.signal.throwIfAborted();
        const cause = causeOf(error);
        if (repeats >= Math.min(retries, repeatsMax(cause))) throw cause;
      }
    }
  }

  async #request({ topic, messages }: Request): Promise<void> {
    const { recordsMax = RECORDS_PER_PRODUCER_MAX } = this.#options;
    if (this.#records > 0 && this.#records + messages.length > recordsMax) this.#leave();
    try {
      const producer = this.#producer ?? (await this.#renewed());
      this.#closing.signal.throwIfAborted();
      this.#records += messages.length;
      this.#sending = producer.send({ topic, acks: -1, timeout: REPLICAS_WITHIN_MS, messages });
      await within(WITHIN_MS.send, this.#sending);
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#failedAtMs = performance.now();
      this.#leave();
      throw error;
    }
  }

  /** However often callers repeat, and however quickly: the pauses are between a failure and the next producer, not in a call. */
  async #renewed(): Promise<Producer> {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const pauseMs = this.#failures === 0 ? 0 : pauseAfter(this.#failures);
    const passedMs = performance.now() - this.#failedAtMs;
    if (pauseMs > passedMs) await sleep(pauseMs - passedMs, undefined, { signal });
    this.#records = 0;
    this.#producer = await connected(this.#options);
    return this.#producer;
  }

  /** Nothing more is sent by this producer; another one does not wait until it is gone. */
  #leave(): void {
    const producer = this.#producer;
    this.#producer = null;
    if (producer !== null) this.#leaving = Promise.all([this.#leaving, gone(producer, this.#sending)]);
  }
}

/** Its last work goes on without anybody, if it takes longer. */
async function within<T>(limitMs: number, working: Promise<T>): Promise<T> {
  const done = new AbortController();
  const late = sleep(limitMs, undefined, { signal: done.signal }).then(() => {
    const message = `Kafka has not answered within ${limitMs / 1000} s: what was sent may have arrived`;
    throw new KafkaFailure('temporarily-unavailable', message);
  });
  try {
    return await Promise.race([working, late]);
  } finally {
    done.abort();
  }
}

/** Milliseconds. */
function pauseAfter(failures: number): number {
  const atMost = Math.min(PAUSE_MS.first * 2 ** (failures - 1), PAUSE_MS.longest);
  // Many tills see the same broker go.
  return atMost * (0.75 + Math.random() / 4);
}

/** kafkajs wraps what ended its attempts, and calls a failure that passes final where it was told not to repeat. */
function causeOf(error: unknown): unknown {
  const { name, cause } = error as { name?: unknown; cause?: unknown };
  const isWrapped = name === 'KafkaJSNumberOfRetriesExceeded' || name === 'KafkaJSNonRetriableError';
  return isWrapped && cause != null ? causeOf(cause) : error;
}

/** How often this is worth repeating. */
function repeatsMax(cause: unknown): number {
  const { retriable, type, code } = cause as { retriable?: unknown; type?: unknown; code?: unknown };
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION' || code === 'unknown-topic') return UNKNOWN_TOPIC_REPEATS_MAX;
  if (MENDED_BY_A_NEW_ID.has(type)) return Number.POSITIVE_INFINITY;
  const isMistake = cause instanceof TypeError || cause instanceof RangeError;
  return retriable === false || isMistake ? 0 : Number.POSITIVE_INFINITY;
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

/**
 * Failures are the callers', so it logs nothing. Begins with any of the brokers: kafkajs begins with the first, and one that takes
 * connections and answers nothing would keep each new producer from the others.
 */
async function connected({ brokers, security, clientId }: IdempotentProducerOptions): Promise<Producer> {
  const first = Math.floor(Math.random() * brokers.length);
  const kafka = new Kafka({
    ...kafkajsSecurity(security),
    brokers: [...brokers.slice(first), ...brokers.slice(0, first)],
    clientId,
    logLevel: logLevel.NOTHING,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 2_000 },
  });
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: byKey,
    // It must not repeat, and refuses a 0 to an idempotent producer; no number of repetitions is below NaN.
    retry: { retries: Number.NaN },
  });
  const connecting = producer.connect();
  try {
    await within(WITHIN_MS.connect, connecting);
  } catch (error) {
    void gone(producer, connecting);
    throw error;
  }
  return producer;
}

/** kafkajs waits for the answers that are due or their time limit. What it still works on may connect anew, to end in the same way. */
async function gone(producer: Producer, working: Promise<unknown>): Promise<void> {
  const disconnect = () => producer.disconnect().catch(() => {});
  await disconnect();
  void working.then(disconnect, disconnect);
}
