/**
 * How the API goes without anyone noticing: first it says that it is not ready and asks every caller to take another connection,
 * while it still answers; then it stops accepting; then it finishes what it has begun. What is not done ten seconds later is cut.
 */
import type { FastifyInstance } from 'fastify';

const FINISH_WITHIN_MS = 10_000;

/** Time for load balancers to see that this process is going, before it stops accepting. */
const ANNOUNCE_MS_DEFAULT = 500;
/** With the time to finish it stays below the 30 s after which ECS kills; Kubernetes waits longer. */
const ANNOUNCE_MS_MAX = 15_000;

/** FLUXO_DRAIN_MS as a number; it throws at what is none, or more than there is time for. */
export function announceMsOf(text = String(ANNOUNCE_MS_DEFAULT)): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= ANNOUNCE_MS_MAX) return Number(text);
  throw new Error(
    `FLUXO_DRAIN_MS is ${JSON.stringify(text)}: it must be a whole number of milliseconds from 0 to ${ANNOUNCE_MS_MAX}. ` +
      'What has begun has ten seconds more, and a platform kills what takes longer than both.',
  );
}

export class Shutdown {
  #isAnnounced = false;

  /** True from the moment the process was asked to go. */
  get isAnnounced(): boolean {
    return this.#isAnnounced;
  }

  /** Makes answers say "connection: close" once the shutdown was announced. */
  watch(app: FastifyInstance): void {
    app.addHook('onRequest', (_request, reply, done) => {
      if (this.#isAnnounced) reply.header('connection', 'close');
      done();
    });
  }

  /** Announces, waits `announceMs` for load balancers and clients to notice, and closes. */
  async drain(app: FastifyInstance, announceMs: number): Promise<void> {
    this.#isAnnounced = true;
    await new Promise((resolve) => setTimeout(resolve, announceMs));
    const cut = setTimeout(() => app.server.closeAllConnections(), FINISH_WITHIN_MS);
    await app.close();
    clearTimeout(cut);
  }
}
