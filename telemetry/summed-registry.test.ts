import { expect, test } from '@jest/globals';
import { Counter, Histogram, Registry } from 'prom-client';
import { SummedRegistry } from './summed-registry.ts';

/** A thread's registry, sent to another thread. */
async function threadThatCounted(count: number, partition: number) {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'records', help: 'h', registers }).inc(count);
  new Counter({ name: 'of_partition', help: 'h', labelNames: ['partition'], registers }).inc(
    { partition },
    7,
  );
  new Histogram({ name: 'seconds', help: 'h', buckets: [1, 2], registers }).observe(1.5);
  return structuredClone(await registry.getMetricsAsJSON());
}

test('shows its own metrics and the sum of the others, label by label', async () => {
  const threads = await Promise.all([threadThatCounted(3, 0), threadThatCounted(4, 1)]);
  const summed = new SummedRegistry(async () => threads);
  new Counter({ name: 'own', help: 'h', registers: [summed] }).inc();
  const text = await summed.metrics();
  expect(text.split('\n').filter((line) => /^\w/.test(line))).toEqual([
    'own 1',
    'records 7',
    'of_partition{partition="0"} 7',
    'of_partition{partition="1"} 7',
    'seconds_bucket{le="1"} 0',
    'seconds_bucket{le="2"} 2',
    'seconds_bucket{le="+Inf"} 2',
    'seconds_sum 3',
    'seconds_count 2',
  ]);
});

test('one that cannot say what it has makes it fail: a sum without it would look like a loss', async () => {
  const summed = new SummedRegistry(async () => {
    throw new Error('the thread has ended');
  });
  await expect(summed.metrics()).rejects.toThrow('the thread has ended');
});
