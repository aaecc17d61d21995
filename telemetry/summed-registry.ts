/**
 * What several registries of one process show, added up: each thread has its own, and whoever asks the process is told of all of
 * them. Counters, histograms and gauges are summed, label by label, as prom-client does it for the workers of a cluster.
 */
import { AggregatorRegistry, Registry } from 'prom-client';

/** The metrics of a registry as plain data, which can be sent from thread to thread. */
export type ShownMetrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** A registry that shows those of others besides what is registered with it. */
export class SummedRegistry extends Registry {
  readonly #others: () => Promise<readonly ShownMetrics[]>;

  constructor(others: () => Promise<readonly ShownMetrics[]>) {
    super();
    this.#others = others;
  }

  /** Prometheus text. Fails when one of the others cannot say what it has. */
  override async metrics(): Promise<string> {
    const [own, others] = await Promise.all([this.getMetricsAsJSON(), this.#others()]);
    return AggregatorRegistry.aggregate([own, ...others]).metrics();
  }
}
