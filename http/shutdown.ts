/**
 * How the API goes without anyone noticing: first it says that it is not ready and asks every caller to take another connection,
 * while it still answers; then it stops accepting; then it finishes what it has begun. What is not done after ten seconds is cut.
 */
import type { FastifyInstance } from 'fastify';

const DRAIN_MAX_MS = 10_000;

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
    const cut = setTimeout(() => app.server.closeAllConnections(), DRAIN_MAX_MS - announceMs);
    await app.close();
    clearTimeout(cut);
  }
}
