import { beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { type ReaderPosition, registerLag } from './lag-metrics.ts';

let nowMs: number;
let end: () => Promise<number>;
let positions: readonly ReaderPosition[];
let registry: Registry;

const at = (nextOffset: number, waitingSinceMs: number | null = null): ReaderPosition => ({
  topic: 'topic',
  partition: 3,
  nextOffset,
  waitingSinceMs,
});

beforeEach(() => {
  nowMs = 1_000_000;
  registry = new Registry();
  registerLag(registry, { positions: () => positions, endOffset: () => end(), nowMs: () => nowMs });
});

async function scrape(): Promise<readonly string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith('fluxo_lag_'));
}

const lag = (records: number, seconds: number) => [
  `fluxo_lag_records{topic="topic",partition="3"} ${records}`,
  `fluxo_lag_seconds{topic="topic",partition="3"} ${seconds}`,
];

describe('lag', () => {
  test('is nothing where nothing waits, however old the last record is', async () => {
    positions = [at(10, 1)];
    end = async () => 10;
    expect(await scrape()).toEqual(lag(0, 0));
  });

  test('is as old as the oldest record that was fetched and has no effect', async () => {
    positions = [at(10, nowMs - 7_500)];
    end = async () => 12;
    expect(await scrape()).toEqual(lag(2, 7.5));
  });

  test('grows while nothing can be fetched and the position does not move, and begins anew when it does', async () => {
    end = async () => 12;
    positions = [at(10)];
    expect(await scrape()).toEqual(lag(2, 0));
    nowMs += 30_000;
    expect(await scrape()).toEqual(lag(2, 30));
    positions = [at(11)];
    expect(await scrape()).toEqual(lag(1, 0));
  });

  test('is not shown, and breaks nothing, while the cluster does not say where the topic ends', async () => {
    positions = [at(10)];
    end = async () => {
      throw new Error('away');
    };
    expect(await scrape()).toEqual([]);
    end = async () => 12;
    expect(await scrape()).toEqual(lag(2, 0));
  });
});
