/** What every sink process does with its loops: shows how far they are, runs them until it is asked to end, and gives up loudly. */
import { type Logger, type Registry, startHealthServer } from '@fluxo/telemetry';
import type { LogEnds } from './engine/ports.ts';
import type { SinkLoop } from './engine/sink-loop.ts';
import { registerLag } from './sink-metrics.ts';

export type SinkProcess = {
  /** By the topic each one mirrors. */
  readonly loops: Readonly<Record<string, SinkLoop>>;
  readonly reader: LogEnds;
  readonly metrics: Registry;
  readonly log: Logger;
  /** Where it shows its health; 0: anywhere. */
  readonly port: number;
};

/** Resolves when all loops have ended after SIGTERM or SIGINT. A failure ends the process, with exit code 1. */
export async function runSinkProcess({ loops, reader, metrics, log, port }: SinkProcess): Promise<void> {
  const all = Object.values(loops);
  const stop = (): void => {
    for (const loop of all) loop.stop();
  };
  registerLag(metrics, loops, reader);
  const health = await startHealthServer({
    port,
    metrics,
    readiness: () => ({
      ready: all.every((loop) => loop.isCaughtUp),
      positions: Object.fromEntries(
        Object.entries(loops).map(([topic, loop]) => [topic, Object.fromEntries(loop.positions)]),
      ),
    }),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  try {
    log.info('started');
    await Promise.all(all.map((loop) => loop.run().finally(stop)));
    log.info('stopped');
  } catch (error) {
    log.fatal({ err: error }, 'cannot go on');
    // At once: the heartbeats of a process that has given up would hold its partitions for nobody.
    process.exit(1);
  }
  health.close();
}
