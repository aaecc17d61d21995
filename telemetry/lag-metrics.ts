/**
 * How far whoever reads topics is behind them, by partition, in records and in seconds; asked for when the metrics are, so that no record
 * pays for it. Both are upper bounds: offsets are counted, and markers of transactions have offsets too.
 */
import type { Registry } from 'prom-client';
import { registerAskedGauge } from './asked-gauge.ts';

/** Where a reader stands in one partition. */
export type ReaderPosition = {
  readonly topic: string;
  readonly partition: number;
  /** The first offset whose effect is not there yet. */
  readonly nextOffset: number;
  /** Epoch milliseconds, by the broker's clock, of the oldest record that was fetched and has no effect yet; null: none waits here. */
  readonly waitingSinceMs: number | null;
};

export type LagSource = {
  readonly positions: () => readonly ReaderPosition[];
  /** With everything uncommitted. Fails while the cluster is away: then the lag is unknown, and nothing is shown. */
  readonly endOffset: (topic: string, partition: number) => Promise<number>;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
};

const labelNames = ['topic', 'partition'] as const;

/** Adds `fluxo_lag_records` and `fluxo_lag_seconds`. */
export function registerLag(registry: Registry, source: LagSource): void {
  const meter = new LagMeter(source);
  const records = {
    name: 'fluxo_lag_records',
    help: 'Offsets between where this process stands in the partition and its end.',
    labelNames,
  };
  const seconds = {
    name: 'fluxo_lag_seconds',
    help: 'How long the oldest record of the partition without effect has been waiting, or since when the position does not move although there is more; 0: none waits.',
    labelNames,
  };
  registerAskedGauge(registry, records, async () =>
    (await meter.read()).map(({ labels, records: value }) => ({ labels, value })),
  );
  registerAskedGauge(registry, seconds, async () =>
    (await meter.read()).map(({ labels, seconds: value }) => ({ labels, value })),
  );
}

type Lag = {
  readonly labels: { readonly topic: string; readonly partition: number };
  readonly records: number;
  readonly seconds: number;
};

/** A position, and since when it has been seen standing there with more to come. */
type Seen = { readonly nextOffset: number; readonly sinceMs: number };

class LagMeter {
  readonly #source: LagSource;
  readonly #seen = new Map<string, Seen>();
  #reading: Promise<readonly Lag[]> | null = null;

  constructor(source: LagSource) {
    this.#source = source;
  }

  /** Both gauges of one scrape are told the same. */
  read(): Promise<readonly Lag[]> {
    this.#reading ??= Promise.all(this.#source.positions().map((position) => this.#lagOf(position))).finally(
      () => {
        this.#reading = null;
      },
    );
    return this.#reading;
  }

  async #lagOf(position: ReaderPosition): Promise<Lag> {
    const { topic, partition, nextOffset } = position;
    const end = await this.#source.endOffset(topic, partition);
    const records = Math.max(0, end - nextOffset);
    const sinceMs = this.#standingSince(position, records);
    const ms = this.#source.nowMs() - Math.min(sinceMs, position.waitingSinceMs ?? sinceMs);
    return { labels: { topic, partition }, records, seconds: records === 0 ? 0 : Math.max(0, ms) / 1_000 };
  }

  /** Where nothing can be fetched (a transaction hangs) nobody knows how old it is; but that nothing moves is seen. */
  #standingSince({ topic, partition, nextOffset }: ReaderPosition, records: number): number {
    const place = `${topic}-${partition}`;
    const seen = this.#seen.get(place);
    if (records > 0 && seen?.nextOffset === nextOffset) return seen.sinceMs;
    const nowMs = this.#source.nowMs();
    this.#seen.set(place, { nextOffset, sinceMs: nowMs });
    return nowMs;
  }
}
