/**
 * Sends messages in the order they were added, in batches that grow with the load: what gathers while one batch is on its way is
 * the next one. At most one batch is in flight, so a retry can never overtake; memory stays bounded because `room` makes the
 * caller wait. After a failure nothing more is sent, and every call fails with it.
 */
export type Message = { readonly key: Buffer | null; readonly value: Buffer; readonly partition: number };

/** Resolves when every message is acknowledged, in their order per partition. */
export type SendBatch = (messages: readonly Message[]) => Promise<void>;

/** In one batch; one record batch of the broker, which takes 1 MiB, then always suffices for a partition. */
export const BATCH_BYTES_MAX = 900_000;
/** kafkajs copies the messages of a partition for each further one, so larger batches are slower when all have one key. */
export const BATCH_MESSAGES_MAX = 3_000;

export class OrderedSender {
  readonly #send: SendBatch;
  #gathered: Message[] = [];
  #gatheredBytes = 0;
  #inFlight: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;
  /** Messages the cluster has acknowledged. */
  acknowledged = 0;

  constructor(send: SendBatch) {
    this.#send = send;
  }

  /** Takes one message after `room` has resolved; it goes out in its turn. */
  add(message: Message): void {
    this.#gathered.push(message);
    this.#gatheredBytes += bytesOf(message);
  }

  /** Resolves when a message of this size fits into the next batch; meanwhile what has gathered is sent. */
  async room(bytes: number): Promise<void> {
    while (this.#isFull(bytes)) await this.#turn();
    this.#rethrow();
  }

  /** Starts sending what has gathered, unless a batch is on its way already. */
  push(): void {
    if (this.#inFlight !== null || this.#failure !== null || this.#gathered.length === 0) return;
    const batch = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#inFlight = this.#deliver(batch);
  }

  /** Resolves when everything added is acknowledged. */
  async flush(): Promise<void> {
    while (this.#failure === null && (this.#inFlight !== null || this.#gathered.length > 0))
      await this.#turn();
    this.#rethrow();
  }

  async #turn(): Promise<void> {
    this.push();
    await this.#inFlight;
    this.#rethrow();
  }

  /** Never rejects: a failure is kept for whoever calls next. */
  async #deliver(batch: readonly Message[]): Promise<void> {
    try {
      await this.#send(batch);
      this.acknowledged += batch.length;
    } catch (error) {
      this.#failure = { error };
    }
    this.#inFlight = null;
    this.push();
  }

  #isFull(bytes: number): boolean {
    if (this.#gathered.length === 0) return false;
    return this.#gathered.length >= BATCH_MESSAGES_MAX || this.#gatheredBytes + bytes > BATCH_BYTES_MAX;
  }

  #rethrow(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

/** What a message takes in a record batch, roughly. */
export function bytesOf({ key, value }: Message): number {
  return (key?.length ?? 0) + value.length + RECORD_OVERHEAD_BYTES;
}

const RECORD_OVERHEAD_BYTES = 32;
