/**
 * How often one may ask: by address before anything else is done, so that nobody has Redis asked for made-up sessions at will; and by
 * session behind the gate, so that people behind one address do not take each other's share. Counted in each process by itself.
 */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.ts';
import { signedInOf } from './signed-in.plugin.ts';

export type RateLimits = {
  /** Requests a minute and address. */
  readonly perAddress: number;
  /** Requests a minute and session. */
  readonly perSession: number;
};

export const defaultRateLimits: RateLimits = { perAddress: 3_000, perSession: 1_200 };

const WINDOW_MS = 60_000;

/** Counts every request of `app` by address, but for those of operators. */
export async function registerRateLimits(app: FastifyInstance, { perAddress }: RateLimits): Promise<void> {
  await app.register(rateLimit, { global: false });
  const limit = app.createRateLimit({
    max: perAddress,
    timeWindow: WINDOW_MS,
    allowList: ({ url }: FastifyRequest) => /^\/(?:livez|readyz|metrics)$/.test(url),
  });
  app.addHook('onRequest', async (request, reply) => demandRoom(await limit(request), reply));
}

/** Counts the requests behind the gate by session. */
export function limitPerSession(app: FastifyInstance, { perSession }: RateLimits): void {
  const limit = app.createRateLimit({
    max: perSession,
    timeWindow: WINDOW_MS,
    keyGenerator: (request) => signedInOf(request).name,
  });
  app.addHook('onRequest', async (request, reply) => demandRoom(await limit(request), reply));
}

type Count = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>;

function demandRoom(count: Count, reply: FastifyReply): void {
  if (count.isAllowed || !count.isExceeded) return;
  reply.header('retry-after', count.ttlInSeconds);
  throw new Problem(
    'too-many-requests',
    'More requests came than anybody needs who looks at a page. Nothing was done; repeat this one after the time in Retry-After.',
  );
}
