/**
 * The DynamoDB table as a store of the view: makes sure the table is one of this layout, writes documents and keeps the positions,
 * always in this order, so that no position is ahead of what was written. It knows items and conditions, not what a document says.
 * Every failure that time can heal comes out as `RetriableSinkError`, after the client's own repetitions.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type AvroRecords, type DynamoTable, dynamoTableOf } from '@fluxo/schemas';
import type { DocumentStore } from '../engine/document.sink.ts';
import type { Document } from '../engine/documents.ts';
import type { SinkBatch } from '../engine/sink.ts';
import { openClient } from './client.ts';
import { DocumentWrites, type StoredDocument } from './document-writes.ts';
import { translated } from './failures.ts';
import { type FollowedBatch, FollowedPositions } from './followed-positions.ts';
import { demandOwnTable } from './own-table.ts';
import { Positions } from './positions.ts';

/** A write that takes longer, repetitions included, counts as failed; what it has written stays and is refused the next time. */
const WRITE_WITHIN_MS = 20_000;

export class DynamodbStore {
  readonly #client: DynamoDBClient;
  readonly #table: DynamoTable;
  readonly #positions: Positions;

  /** `address` as FLUXO_DYNAMODB has it, see `dynamoTableOf`. */
  constructor(address: string) {
    this.#table = dynamoTableOf(address);
    this.#client = openClient(this.#table);
    this.#positions = new Positions(this.#client, this.#table.table);
  }

  /** Checks the table and reads how far these partitions of the topic have been written. */
  open(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return translated(async () => {
      await demandOwnTable(this.#client, this.#table);
      return this.#positions.read(topic, partitions);
    });
  }

  /** Writes the documents, then moves the positions; returns how many documents were written. Fails with `PositionLostError`. */
  write(topic: string, batches: readonly SinkBatch[], documents: readonly StoredDocument[]): Promise<number> {
    return this.#within(async (signal) => {
      const isBelieved = batches.some(({ isComplete }) => isComplete);
      const written = await this.#documents(signal).write(documents, isBelieved);
      await this.#positions.move(topic, batches, signal);
      return written;
    });
  }

  /** The same for who is given batches and keeps no positions itself; see `followed-positions.ts`. */
  follow(topic: string, batch: FollowedBatch, documents: readonly StoredDocument[]): Promise<number> {
    return this.#within(async (signal) => {
      const written = await this.#documents(signal).write(documents);
      await new FollowedPositions(this.#client, this.#table.table).move(topic, batch, signal);
      return written;
    });
  }

  close(): void {
    this.#client.destroy();
  }

  /** This store for documents that are stored like this. */
  of<Name extends keyof AvroRecords>(
    stored: (document: Document<Name>) => StoredDocument,
  ): DocumentStore<Name> {
    return {
      open: (topic, partitions) => this.open(topic, partitions),
      write: (topic, batches, documents) => this.write(topic, batches, documents.map(stored)),
      close: () => this.close(),
    };
  }

  #documents(signal: AbortSignal): DocumentWrites {
    return new DocumentWrites(this.#client, this.#table.table, signal);
  }

  /** Within the time of a write; whatever is under way when it ends is given up. */
  async #within<T>(step: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const ending = new AbortController();
    const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(WRITE_WITHIN_MS)]);
    try {
      return await translated(() => step(signal));
    } finally {
      ending.abort();
    }
  }
}
