import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { registerAskedGauge } from './asked-gauge.ts';
import { registerReadiness } from './readiness-metrics.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('what hangs is left out after a while, and the other metrics are shown', async () => {
  const registry = new Registry();
  registerReadiness(registry, () => ({ ready: true }));
  registerAskedGauge(registry, { name: 'hangs', help: 'h' }, () => new Promise(() => undefined));
  const text = registry.metrics();
  await jest.advanceTimersByTimeAsync(1_000);
  expect((await text).split('\n').filter((line) => /^\w/.test(line))).toEqual(['fluxo_ready 1']);
});

test('shows what was answered last, and no value of an earlier answer', async () => {
  const registry = new Registry();
  const answers = [[{ labels: { which: 'a' }, value: 1 }], [{ labels: { which: 'b' }, value: 2 }]];
  const gauge = { name: 'asked', help: 'h', labelNames: ['which'] };
  registerAskedGauge(registry, gauge, async () => answers.shift() ?? []);
  expect(await registry.metrics()).toContain('asked{which="a"} 1');
  const second = await registry.metrics();
  expect(second).toContain('asked{which="b"} 2');
  expect(second).not.toContain('which="a"');
});

test('a process that cannot say whether it is ready says nothing', async () => {
  const registry = new Registry();
  registerReadiness(registry, async () => {
    throw new Error('the database does not answer');
  });
  expect((await registry.metrics()).split('\n').filter((line) => line.startsWith('fluxo_ready '))).toEqual(
    [],
  );
});
