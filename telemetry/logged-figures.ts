/**
 * Figures of a process in its log, for where nobody asks for metrics and alarms read logs (CloudWatch: `infra/aws/observability/own-figures.ts`). Each line
 * has the largest value of each gauge at that moment; what cannot be told is left out, so that not knowing never looks like 0.
 */
import type { Registry } from 'prom-client';
import type { Logger } from './logger.ts';

/** Names of gauges, by the fields that lines have. */
export type LoggedGauges = Readonly<Record<string, string>>;

export type LoggedFigures = {
  readonly metrics: Registry;
  readonly log: Logger;
  readonly gauges: LoggedGauges;
  /** Seconds from one line to the next; undefined: no lines. */
  readonly everySeconds: string | undefined;
  /** Whether what they say counts: of a process that is not ready it does not. */
  readonly isReady: () => boolean;
};

/** Logs them until the process ends, which it does not hold up. Throws where the interval is no whole number of seconds. */
export function logFigures({ metrics, log, gauges, everySeconds, isReady }: LoggedFigures): void {
  if (everySeconds === undefined) return;
  if (!/^[1-9]\d{0,4}$/.test(everySeconds))
    throw new Error(`FLUXO_FIGURES_SECONDS must be a whole number of seconds, not ${everySeconds}.`);
  const tell = async (): Promise<void> => {
    if (!isReady()) return;
    const figures = await largestOf(metrics, gauges);
    if (Object.keys(figures).length > 0) log.info(figures, 'figures');
  };
  setInterval(() => void tell(), Number(everySeconds) * 1_000).unref();
}

async function largestOf(metrics: Registry, gauges: LoggedGauges): Promise<Readonly<Record<string, number>>> {
  const shown = await metrics.getMetricsAsJSON();
  const entries = Object.entries(gauges).map(([field, gauge]) => {
    const values = shown.find(({ name }) => name === gauge)?.values ?? [];
    return [field, Math.max(...values.map(({ value }) => value))] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => Number.isFinite(value)));
}
