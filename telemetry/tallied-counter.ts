/**
 * A counter of what is counted elsewhere in plain numbers, for places where it is counted for every request: prom-client finds a number by a string
 * made anew of all labels, which costs more than counting. It is told the sums whenever somebody looks.
 */
import { Counter, type Registry } from 'prom-client';
import type { AskedFigure, Reading } from './asked-gauge.ts';

/** Adds the counter; `sums` are those since the process started, and none ever falls. */
export function registerTalliedCounter(
  registry: Registry,
  { name, help, labelNames = [] }: AskedFigure,
  sums: () => Iterable<Reading>,
): void {
  const counter = new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [],
    collect() {
      this.reset();
      for (const { labels = {}, value } of sums()) this.inc(labels, value);
    },
  });
  registry.registerMetric(counter);
}
