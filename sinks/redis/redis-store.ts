/**
 * The Redis database as a store of the view: connects, makes sure the database is nobody else's, keeps the positions, and sends
 * writes in transactions. It knows keys and scripts, not what a document says. Every failure that time can heal comes out as
 * `RetriableSinkError`; nothing is repeated in here, and nothing is queued while Redis is away.
 */
import {
  type AvroRecords,
  fixedWidth,
  formatPosition,
  parsePosition,
  REDIS_OWNER_KEY,
  REDIS_POSITIONS_KEY,
  REDIS_VIEW_OWNER,
  REDIS_VIEW_PREFIX,
  redisPositionField,
} from '@fluxo/schemas';
import { Redis, ReplyError } from 'ioredis';
import type { DocumentStore } from '../engine/document.sink.ts';
import type { Document } from '../engine/documents.ts';
import { PositionLostError, RetriableSinkError, type SinkBatch, SinkRefusedError } from '../engine/sink.ts';
import { memoryOf } from './redis-memory.ts';
import { defineScripts, type Pipeline } from './scripts.ts';

/** A write that takes longer counts as failed; it may still take effect, which the guard makes harmless. */
const COMMAND_TIMEOUT_MS = 5_000;
/** A connection that has brought no answer for so long is cut: until then what was sent on it is kept. None is cut that owes none. */
const CUT_AFTER_MS = COMMAND_TIMEOUT_MS + 1_000;

const SCAN_PAGE = 1_000;

/** Replies that mean "not now": starting, switching over, out of memory, busy, a replica. Any other reply is a defect. */
const TRANSIENT_REPLY =
  /^(LOADING|OOM|BUSY|MASTERDOWN|READONLY|TRYAGAIN|CLUSTERDOWN|NOREPLICAS|MISCONF|ERR max)/;

export class RedisStore {
  readonly #redis: Redis;
  /** Position fields that Redis does not hold yet. */
  readonly #unwritten = new Set<string>();

  /** `url` in the form redis://[[user]:password@]host:port[/database]. Connects when first asked for something. */
  constructor(url: string) {
    this.#redis = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
      socketTimeout: CUT_AFTER_MS,
      retryStrategy: (attempt) => Math.min(100 * attempt, 1_000),
    });
    // Without a listener each failed attempt would be printed; what matters comes out of the command that failed.
    this.#redis.on('error', () => undefined);
    defineScripts(this.#redis);
  }

  /** Checks and marks the database as the view's own, then reads how far these partitions of the topic have been written. */
  async open(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return this.#translated(async () => {
      if (this.#redis.status === 'wait') await this.#redis.connect();
      await this.#refuseEviction();
      await this.#claim();
      return this.#readPositions(topic, partitions);
    });
  }

  /**
   * Sends the writes that `fill` queues (each answers 1: written, or 0: refused) and after them the move of the positions,
   * in one transaction, so that no switch of generations comes between the two. Returns how many were written. Fails with `PositionLostError`
   * if a partition stands elsewhere than at `fromOffset`; the writes have happened then all the same, which the guard makes harmless.
   */
  async write(
    topic: string,
    batches: readonly SinkBatch[],
    fill: (pipeline: Pipeline) => void,
  ): Promise<number> {
    return this.#translated(async () => {
      const pipeline = this.#redis.multi();
      fill(pipeline);
      pipeline.fluxoMovePositions(REDIS_POSITIONS_KEY, ...batches.flatMap((each) => this.#move(topic, each)));
      const answers = ((await pipeline.exec().catch(rethrowReason)) ?? []).map(([error, answer]) => {
        if (error !== null) throw error;
        return answer;
      });
      const elsewhere = answers.pop();
      if (elsewhere !== null) throw positionLost(elsewhere as string);
      for (const { partition } of batches) this.#unwritten.delete(redisPositionField(topic, partition));
      return answers.filter((answer) => answer === 1).length;
    });
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** This store for documents that are written like this, one by one. */
  of<Name extends keyof AvroRecords>(
    writeOne: (pipeline: Pipeline, document: Document<Name>) => void,
  ): DocumentStore<Name> {
    return {
      open: (topic, partitions) => this.open(topic, partitions),
      write: (topic, batches, documents) =>
        this.write(topic, batches, (pipeline) => {
          for (const document of documents) writeOne(pipeline, document);
        }),
      close: () => this.close(),
    };
  }

  #move(topic: string, { partition, fromOffset, nextOffset, isComplete }: SinkBatch): readonly string[] {
    const field = redisPositionField(topic, partition);
    const expected = this.#unwritten.has(field) ? '' : fixedWidth(fromOffset);
    return [field, expected, formatPosition({ nextOffset, isComplete })];
  }

  async #readPositions(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const positions = new Map<number, number>();
    for (const partition of partitions) {
      const field = redisPositionField(topic, partition);
      const stored = parsePosition((await this.#redis.hget(REDIS_POSITIONS_KEY, field)) ?? '');
      if (stored === null) this.#unwritten.add(field);
      else {
        this.#unwritten.delete(field);
        positions.set(partition, stored.nextOffset);
      }
    }
    return positions;
  }

  async #refuseEviction(): Promise<void> {
    const { doesEvict } = await memoryOf(this.#redis);
    if (doesEvict)
      throw new SinkRefusedError(
        'this Redis evicts keys when its memory is full (maxmemory-policy); a day that was evicted would look like a day without movements. ' +
          'Give the view a Redis of its own with maxmemory-policy noeviction.',
      );
  }

  /** The database must hold the view and nothing else, so that it may be flushed, sized and restored without asking anyone. */
  async #claim(): Promise<void> {
    const owner = await this.#redis.get(REDIS_OWNER_KEY);
    if (owner === REDIS_VIEW_OWNER) return;
    const foreign = owner === null ? await this.#findForeignKey() : REDIS_OWNER_KEY;
    if (foreign !== null)
      throw new SinkRefusedError(
        `the Redis database holds "${foreign}", which is not this view's: it is somebody else's or of another layout. ` +
          'Point FLUXO_REDIS at an empty database, or flush this one if nobody needs what is in it (the view is rebuilt from Kafka).',
      );
    await this.#redis.set(REDIS_OWNER_KEY, REDIS_VIEW_OWNER, 'NX');
  }

  async #findForeignKey(): Promise<string | null> {
    for (let cursor = ''; cursor !== '0'; ) {
      const [next, keys] = await this.#redis.scan(cursor === '' ? '0' : cursor, 'COUNT', SCAN_PAGE);
      const foreign = keys.find((key) => !key.startsWith(REDIS_VIEW_PREFIX));
      if (foreign !== undefined) return foreign;
      cursor = next;
    }
    return null;
  }

  async #translated<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (error instanceof SinkRefusedError || error instanceof PositionLostError) throw error;
      const { message } = error as Error;
      if (error instanceof ReplyError && !TRANSIENT_REPLY.test(message)) throw error;
      // This server is a replica now. It keeps its connections; the address leads to the new primary.
      if (message.startsWith('READONLY')) this.#redis.disconnect(true);
      throw new RetriableSinkError(`Redis does not take this now: ${message}`, { cause: error });
    }
  }
}

/** A transaction that could not be queued says only that; why, its commands said before. */
function rethrowReason(error: Error & { readonly previousErrors?: readonly Error[] }): never {
  throw error.previousErrors?.find((each) => each instanceof Error) ?? error;
}

function positionLost(field: string): PositionLostError {
  return new PositionLostError(
    `Redis does not stand where this process left it in ${field}: it was flushed, replaced, set back to an older copy or written by another process. ` +
      'Nothing to do: the view is written again from where Redis says it stands.',
  );
}
