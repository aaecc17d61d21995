/** What a sink loop tells about itself while it works; metrics and logs are made of it. Every method must be quick and never throw. */
import type { WriteCount } from './sink.ts';

export interface SinkObserver {
  assigned(partitions: readonly number[]): void;
  /** The store said where it stands (partition → next offset). */
  connected(positions: ReadonlyMap<number, number>): void;
  /** `records`: of the write, whether written or refused. */
  wrote(count: WriteCount, done: { readonly records: number; readonly durationMs: number }): void;
  positionLost(error: unknown): void;
  retrying(what: string, error: unknown): void;
}
