/**
 * The library for tills: typed submissions that are never lost and never count twice. A call resolves as soon as the
 * submission is on this machine's disk (the spool), whether or not Kafka or the registry can be reached; from there it is sent
 * in order, for ever, through crashes and restarts, always with the id and the `submittedAt` it got first. Whether it is
 * booked or refused is the processor's to say, in the ledger and the rejections topic.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseSubmission, type Submission } from '@fluxo/domain';
import { type BrokerAccess, fromJsonForm, isRecordName, type RegistryPort, toJsonForm } from '@fluxo/kafka';
import type {
  DayCloseRequested,
  DayReopenRequested,
  EntrySubmitted,
  MerchantConfigured,
  ReversalSubmitted,
  TransferSubmitted,
} from '@fluxo/schemas';
import { ProducerError } from './producer-error.ts';
import { Spool, type SpooledRecord } from './spool/spool.ts';
import { SubmissionSender } from './submission-sender.ts';

/** `brokers`, and `security` where the cluster asks who comes: user, password and authorities. */
export type TillProducerOptions = BrokerAccess & {
  /** Base URL of the registry's Confluent-style API. */
  readonly registry: string | RegistryPort;
  /** Who submits: goes into every submission. */
  readonly source: { readonly system: string; readonly deviceId?: string };
  /** A directory of this producer alone, on a disk that survives what the till survives. */
  readonly spoolDirectory: string;
  /** Told about every failed attempt to read the spool, to send, or to note what was sent; the attempts go on. */
  readonly onTrouble?: (error: unknown, pending: number) => void;
  /** Epoch milliseconds. */
  readonly nowMs?: () => number;
};

/** What a caller gives: the producer adds `submittedAt` and `source`, and what is optional if it is left out. */
type New<Value, Optional extends keyof Value> = Omit<Value, 'submittedAt' | 'source' | Optional> & {
  readonly [Field in Optional]?: Value[Field];
};

export type NewEntry = New<EntrySubmitted, 'entryId' | 'description' | 'externalId'>;
export type NewTransfer = New<TransferSubmitted, 'entryId' | 'description'>;
export type NewReversal = New<ReversalSubmitted, 'entryId'>;
export type NewConfiguration = New<MerchantConfigured, 'configId'>;
export type NewDayClose = New<DayCloseRequested, 'requestId' | 'counts'>;
export type NewDayReopen = New<DayReopenRequested, 'requestId'>;

/** A submission that will arrive: under this id it is found in the ledger or among the rejections. */
export type Accepted = { readonly id: string; readonly submittedAt: number };

const BATCH_BYTES = 256 * 1024;
const PAUSE_MS = { first: 200, longest: 5_000 };
/** How long `close` waits for a batch that is on its way; if it takes longer it is sent again after the next start. */
const CLOSE_MS = 2_000;

export class TillProducer {
  readonly #options: TillProducerOptions;
  readonly #spool: Spool;
  readonly #draining: Promise<void>;
  readonly #closing = new AbortController();
  #sender: SubmissionSender | null = null;
  #acknowledged: number;
  #flushing: {
    readonly number: number;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  #wake: (() => void) | null = null;
  #broken: unknown = null;
  /** The end of the first `close`, for all who close. */
  #closed: Promise<void> | null = null;

  private constructor(options: TillProducerOptions, spool: Spool) {
    this.#options = options;
    this.#spool = spool;
    this.#acknowledged = spool.nextNumber - 1 - spool.pending;
    this.#draining = this.#drain();
  }

  /**
   * Opens the spool and begins to send what is in it. Does not wait for Kafka; ten seconds where the spool's last owner was
   * killed in another container. Fails with `spool-locked` while another
   * process uses the spool, with `spool-damaged` when it holds less than was accepted.
   */
  static async connect(options: TillProducerOptions): Promise<TillProducer> {
    return new TillProducer(options, await Spool.open(options.spoolDirectory));
  }

  /** Submissions accepted and not yet acknowledged by Kafka. */
  get pending(): number {
    return this.#spool.pending;
  }

  /**
   * Money in or out of one account. Every method fails with `invalid-submission`, saying which field, if it is malformed, and
   * with the system's error, as ENOSPC, if the disk does not take it: it is not sent, and may be submitted again. After
   * `spool-failed` it may be sent all the same: submit it again under the same id.
   */
  entry(entry: NewEntry): Promise<Accepted> {
    const { entryId = randomUUID(), description = null, externalId = null } = entry;
    return this.#accept('EntrySubmitted', entryId, { ...entry, entryId, description, externalId });
  }

  /** Money moved between two accounts of the merchant. */
  transfer(transfer: NewTransfer): Promise<Accepted> {
    const { entryId = randomUUID(), description = null } = transfer;
    return this.#accept('TransferSubmitted', entryId, { ...transfer, entryId, description });
  }

  /** Takes an earlier entry or transfer back in full. */
  reversal(reversal: NewReversal): Promise<Accepted> {
    const { entryId = randomUUID() } = reversal;
    return this.#accept('ReversalSubmitted', entryId, { ...reversal, entryId });
  }

  /** Makes a merchant known, or states its whole configuration anew. */
  configure(configuration: NewConfiguration): Promise<Accepted> {
    const { configId = randomUUID() } = configuration;
    return this.#accept('MerchantConfigured', configId, { ...configuration, configId });
  }

  /** Closes a business day (days since 1970-01-01) and all before it. */
  closeDay(close: NewDayClose): Promise<Accepted> {
    const { requestId = randomUUID(), counts = [] } = close;
    return this.#accept('DayCloseRequested', requestId, { ...close, requestId, counts });
  }

  /** Opens a closed business day and all after it again. */
  reopenDay(reopen: NewDayReopen): Promise<Accepted> {
    const { requestId = randomUUID() } = reopen;
    return this.#accept('DayReopenRequested', requestId, { ...reopen, requestId });
  }

  /** Resolves when everything accepted so far has been acknowledged by Kafka, however long that takes. */
  async flush(): Promise<void> {
    const number = this.#spool.nextNumber - 1;
    if (number <= this.#acknowledged) return;
    if (this.#broken !== null || this.#closing.signal.aborted) throw this.#broken ?? closed();
    await new Promise<void>((resolve, reject) => this.#flushing.push({ number, resolve, reject }));
  }

  /** Stops sending. What is not acknowledged stays in the spool and is sent after the next `connect`. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#wake?.();
    await Promise.race([this.#draining, sleep(CLOSE_MS, undefined, { ref: false })]);
    this.#failFlushes(closed());
    await this.#sender?.close();
    await this.#spool.close();
  }

  async #accept(type: Submission['type'], id: string, fields: object): Promise<Accepted> {
    if (this.#closing.signal.aborted) throw closed();
    const submittedAt = (this.#options.nowMs ?? Date.now)();
    const { system, deviceId = null } = this.#options.source;
    const source = { system, deviceId, sequence: this.#spool.nextNumber };
    const durable = this.#spool.append(payloadOf(type, { ...fields, submittedAt, source }));
    this.#wake?.();
    await durable.catch((error: unknown) => {
      this.#resolveFlushes();
      throw error;
    });
    this.#wake?.();
    return { id, submittedAt };
  }

  async #drain(): Promise<void> {
    try {
      while (!this.#closing.signal.aborted) {
        const records = await this.#untilDone(() => this.#spool.read(BATCH_BYTES));
        if (records === undefined) return;
        if (records.length === 0) await this.#sleepUntilWoken();
        else await this.#deliver(records);
      }
    } catch (error) {
      this.#broken = error;
      this.#failFlushes(error);
      this.#options.onTrouble?.(error, this.pending);
    }
  }

  async #deliver(records: readonly SpooledRecord[]): Promise<void> {
    const submissions = records.map(submissionOf);
    const sender = await this.#untilDone(() => this.#connected());
    if (sender === undefined) return;
    const delivery = sender.deliveryOf(submissions);
    const isDelivered = await this.#untilDone(() => sender.deliver(delivery).then(() => true));
    if (isDelivered === true) await this.#acknowledge((records.at(-1) as SpooledRecord).number);
  }

  /** A full disk keeps a delivery from being noted, not what comes after it from being sent: that is what makes room. */
  async #acknowledge(number: number): Promise<void> {
    await this.#spool
      .acknowledge(number)
      .catch((error: unknown) => this.#options.onTrouble?.(error, this.pending));
    this.#acknowledged = number;
    this.#resolveFlushes();
  }

  /** A flush may wait for a number that the disk did not take after all; it is done when nothing is pending. */
  #resolveFlushes(): void {
    const reached = this.pending === 0 ? Number.POSITIVE_INFINITY : this.#acknowledged;
    const done = this.#flushing.filter((flush) => flush.number <= reached);
    this.#flushing = this.#flushing.filter((flush) => flush.number > reached);
    for (const { resolve } of done) resolve();
  }

  async #connected(): Promise<SubmissionSender> {
    const { brokers, security, registry, source } = this.#options;
    if (this.#sender !== null) return this.#sender;
    const access = security === undefined ? { brokers } : { brokers, security };
    const sender = await SubmissionSender.connect({ ...access, registry, clientId: source.system });
    if (this.#closing.signal.aborted) {
      await sender.close();
      throw closed();
    }
    this.#sender = sender;
    return sender;
  }

  /** Repeats until it succeeds; undefined when the producer is closed before. What the spool has lost does not come back. */
  async #untilDone<T>(attempt: () => Promise<T>): Promise<T | undefined> {
    const { signal } = this.#closing;
    for (let pauseMs = PAUSE_MS.first; !signal.aborted; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted) return undefined;
        if (error instanceof ProducerError && error.code === 'spool-damaged') throw error;
        this.#options.onTrouble?.(error, this.pending);
        await sleep(pauseMs, undefined, { signal }).catch(() => {});
      }
    }
    return undefined;
  }

  async #sleepUntilWoken(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#closing.signal.aborted || this.#spool.hasUnread) resolve();
    });
    this.#wake = null;
  }

  #failFlushes(error: unknown): void {
    for (const { reject } of this.#flushing) reject(error);
    this.#flushing = [];
  }
}

function closed(): ProducerError {
  return new ProducerError(
    'closed',
    'the producer is closed; what it accepted is in its spool and is sent after the next start',
  );
}

/** The submission as it lies in the spool, judged exactly as it will be when it is read back. */
function payloadOf(type: Submission['type'], value: object): Buffer {
  const parsed = parseSubmission(type, value);
  if ('problem' in parsed) throw invalid(parsed.problem);
  const json = toJsonForm(type, value as never);
  try {
    fromJsonForm(type, json);
  } catch (error) {
    throw invalid(`${type}: ${(error as Error).message}`);
  }
  return Buffer.from(JSON.stringify({ type, value: json }));
}

function invalid(problem: string): ProducerError {
  return new ProducerError(
    'invalid-submission',
    `${problem}. The submission was not accepted; correct it and submit it again.`,
  );
}

function submissionOf({ number, payload }: SpooledRecord): Submission {
  const { type, value } = JSON.parse(payload.toString()) as { type: unknown; value: unknown };
  const parsed = isRecordName(type)
    ? parseSubmission(type, fromJsonForm(type, value))
    : { problem: String(type) };
  if ('submission' in parsed) return parsed.submission;
  throw new ProducerError(
    'spool-damaged',
    `record ${number} of the spool is no submission this release knows (${parsed.problem}): nothing behind it is sent. Go back to the release that wrote it.`,
  );
}
