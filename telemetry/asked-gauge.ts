/**
 * A gauge whose values are asked for when the metrics are, of something that may be away. It is asked for a while and no longer, and
 * where it does not answer the gauge shows nothing: a neighbour that hangs must not take with it what a process has to say of itself.
 */
import { Gauge, type Registry } from 'prom-client';

export type Reading = {
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly value: number;
};

/** What a figure is called that is asked for when the metrics are. */
export type AskedFigure = {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
};

/** Far below what Prometheus waits for a scrape. */
const ANSWER_WITHIN_MS = 1_000;

/** Adds the gauge; `ask` may fail, and may be asked again while an earlier question is still open. */
export function registerAskedGauge(
  registry: Registry,
  { name, help, labelNames = [] }: AskedFigure,
  ask: () => Promise<readonly Reading[]>,
): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [],
    async collect() {
      const readings = await inTime(ask);
      this.reset();
      if (labelNames.length === 0 && readings.length === 0) this.remove();
      for (const { labels = {}, value } of readings) this.set(labels, value);
    },
  });
  registry.registerMetric(gauge);
}

/** Nothing if the question fails or takes too long. */
async function inTime(ask: () => Promise<readonly Reading[]>): Promise<readonly Reading[]> {
  const timeout = Promise.withResolvers<readonly Reading[]>();
  const timer = setTimeout(timeout.resolve, ANSWER_WITHIN_MS, []);
  try {
    return await Promise.race([ask(), timeout.promise]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}
