/**
 * An API as a process: listens where FLUXO_HTTP_HOST and FLUXO_HTTP_PORT say (loopback, any port), and when it is asked to go, drains, lets go of what
 * stood behind it, and ends.
 */
import { endTracing, type Logger } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';
import { announceMsOf, type Shutdown } from './shutdown.ts';

export type Served = {
  readonly shutdown: Shutdown;
  readonly log: Logger;
  /** Lets go of what stands behind the API, once nobody asks any more. */
  readonly close: () => void | Promise<void>;
};

/** Resolves once it listens, or could not: then the process has exit code 1. */
export async function serve(app: FastifyInstance, { shutdown, log, close }: Served): Promise<void> {
  const environment = process.env;
  async function stop(announceMs: number): Promise<void> {
    await shutdown.drain(app, announceMs);
    await close();
    log.info('stopped');
    await endTracing();
  }
  try {
    const announceMs = announceMsOf(environment['FLUXO_DRAIN_MS']);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(announceMs));
    await app.listen({
      host: environment['FLUXO_HTTP_HOST'] ?? '127.0.0.1',
      port: Number(environment['FLUXO_HTTP_PORT'] ?? 0),
    });
    log.info({ address: app.listeningOrigin }, 'started');
  } catch (error) {
    log.fatal({ err: error }, 'cannot go on');
    process.exitCode = 1;
    await app.close();
    await close();
    await endTracing();
  }
}
