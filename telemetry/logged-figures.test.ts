import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Gauge, Registry } from 'prom-client';
import { registerAskedGauge } from './asked-gauge.ts';
import { logFigures } from './logged-figures.ts';
import type { Logger } from './logger.ts';

let lines: object[];
let registry: Registry;
const log = { info: (figures: object) => lines.push(figures) } as unknown as Logger;

beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  registry = new Registry();
  const lag = new Gauge({ name: 'lag', help: 'h', labelNames: ['partition'], registers: [registry] });
  lag.set({ partition: 0 }, 3);
  lag.set({ partition: 1 }, 12.5);
});
afterEach(() => void jest.useRealTimers());

const start = (everySeconds: string | undefined, isReady = () => true) =>
  logFigures({ metrics: registry, log, gauges: { lagSeconds: 'lag' }, everySeconds, isReady });

test('the largest of its values, a line each time', async () => {
  start('60');
  await jest.advanceTimersByTimeAsync(59_999);
  expect(lines).toEqual([]);
  await jest.advanceTimersByTimeAsync(60_001);
  expect(lines).toEqual([{ lagSeconds: 12.5 }, { lagSeconds: 12.5 }]);
});

test('no line unless it is asked for, nor from a process that is not ready', async () => {
  start(undefined);
  start('60', () => false);
  await jest.advanceTimersByTimeAsync(600_000);
  expect(lines).toEqual([]);
});

test('what cannot be told is no 0', async () => {
  registry.clear();
  registerAskedGauge(registry, { name: 'lag', help: 'h' }, async () => {
    throw new Error('the database does not answer');
  });
  start('60');
  await jest.advanceTimersByTimeAsync(600_000);
  expect(lines).toEqual([]);
});

test.each(['', '0', '-1', '1.5', 'often'])('every %j seconds is refused', (seconds) => {
  expect(() => start(seconds)).toThrow('FLUXO_FIGURES_SECONDS');
});
