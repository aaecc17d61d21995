/**
 * The one place where a caller is asked who it is: before a body is read, for every address under a merchant. Who answers is given from
 * outside. Today that is `openToAll`, so the API binds to loopback.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';

export type Scope = 'entries:write' | 'entries:read' | 'days:close' | 'days:reopen' | 'merchants:admin';

/** What a request wants to do, and with whose money. */
export type Need = { readonly merchantId: string; readonly scope: Scope };

/** Resolves if the caller may; throws a `Problem` otherwise. */
export type Authorizer = (request: FastifyRequest, need: Need) => Promise<void>;

/** Whoever reaches the port may do everything. */
export const openToAll: Authorizer = async () => {};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller must be allowed to use this route. */
    scope?: Scope;
  }
}

export function registerAuthorization(app: FastifyInstance, authorize: Authorizer): void {
  app.addHook<{ Params: { merchantId?: string } }>('onRequest', async (request) => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined) return;
    await authorize(request, { merchantId: request.params.merchantId ?? '', scope });
  });
}
