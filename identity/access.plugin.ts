/**
 * Sign-in before the routes of an API: the routes registered after it on the same Fastify instance answer only a caller whose access
 * token counts, has the scope the route names, and lists the merchant in the path. All of it is decided in `onRequest`, before
 * a parameter is validated or anything is looked up, so a merchant of others and one that does not exist give the same answer in the same
 * time. A route that names no scope, or no merchant in its path, does not get registered: forgetting it must not open it.
 */
import { sendProblem } from '@fluxo/http';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { AccessError } from './access-error.ts';
import { bearerTokenIn } from './bearer-token.ts';
import { type Caller, mayReach, type Scope } from './caller.ts';
import type { TokenVerifier } from './token-verifier.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller's token must allow for this route. */
    readonly scope?: Scope;
  }
  interface FastifyRequest {
    /** Who calls; null where sign-in is off. */
    caller: Caller | null;
  }
}

/** Who checks tokens; `off` lets everybody do everything, and only a person may choose it (FLUXO_AUTH=off). */
export type Access = TokenVerifier | 'off';

export type AccessOptions = {
  readonly access: Access;
  /** What the API throws for a merchant that does not exist: another's is answered with the very same. */
  readonly absentMerchant: (merchantId: string) => Error;
};

const MERCHANT_IN_PATH = '/:merchantId';
/** The name under which OpenAPI documents the tokens; see `securityScheme`. */
const SCHEME_NAME = 'accessToken';

/** For `components.securitySchemes` of an OpenAPI document. */
export const securitySchemes = {
  [SCHEME_NAME]: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'An OAuth 2.0 access token of the sign-in provider (RFC 9068). Its claim fluxo_merchants lists the merchants it is for; any other merchant is answered as one that does not exist.',
  },
} as const;

/** For `schema.security` of a route that needs this scope. */
export function securityOf(scope: Scope): { [SCHEME_NAME]: string[] }[] {
  return [{ [SCHEME_NAME]: [scope] }];
}

export function registerAccess(app: FastifyInstance, { access, absentMerchant }: AccessOptions): void {
  app.decorateRequest('caller', null);
  app.addHook('onRoute', (route) => demandScope(route));
  if (access === 'off') return;
  app.addHook('onRequest', async (request, reply) => {
    try {
      request.caller = await admit(request, access);
    } catch (error) {
      if (error instanceof AccessError) return refuse(request, reply, error);
      throw error;
    }
    const { merchantId } = request.params as { readonly merchantId: string };
    if (!mayReach(request.caller, merchantId, scopeOf(request))) throw absentMerchant(merchantId);
  });
}

async function admit(request: FastifyRequest, verifier: TokenVerifier): Promise<Caller> {
  const caller = await verifier.verify(bearerTokenIn(request.raw.rawHeaders));
  const scope = scopeOf(request);
  if (caller.scopes.has(scope)) return caller;
  throw new AccessError(
    'scope-missing',
    `The access token does not have the scope ${scope}, which this address needs. Ask the provider for a token with it, if you may have it.`,
    { scope },
  );
}

function refuse(request: FastifyRequest, reply: FastifyReply, error: AccessError): FastifyReply {
  return sendProblem(request, reply.headers(error.headers), error);
}

function scopeOf(request: FastifyRequest): Scope {
  return demanded(request.routeOptions.config.scope, request.routeOptions.url);
}

function demandScope({ url, config }: RouteOptions): void {
  demanded(config?.scope, url);
  if (!url.includes(MERCHANT_IN_PATH))
    throw new Error(`${url} has no ${MERCHANT_IN_PATH} in its path: nobody could say whose data it shows`);
}

function demanded(scope: Scope | undefined, url: string | undefined): Scope {
  if (scope !== undefined) return scope;
  throw new Error(`${url} names no scope: write config: { scope: … } so that it does not stand open`);
}
