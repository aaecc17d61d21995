/**
 * Sign-in before the routes of an API: the routes registered after it on the same Fastify instance answer only a caller whose access
 * token counts, has the scope the route names, and lists the merchant in the path. All of it is decided in `onRequest`, before
 * a parameter is validated or anything is looked up, so a merchant of others and one that does not exist give the same answer in the same
 * time. Merchants in a body are looked at once it has been validated, still before anything is looked up. A route about every merchant is
 * for operators alone. A route that names no scope, or none of these three, does not get registered: forgetting it must not open it.
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
    /** Of a route that has no merchant in its path: the merchants in its body, which has been validated by then. */
    readonly merchantsIn?: (body: unknown) => readonly string[];
    /** Of a route that is about no merchant but about all of them: it answers operators only. */
    readonly everyMerchant?: true;
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
    const { merchantId } = request.params as { readonly merchantId?: string };
    if (merchantId !== undefined) demandReach(request, [merchantId], absentMerchant);
  });
  app.addHook('preHandler', async (request) => {
    const merchants = request.routeOptions.config.merchantsIn?.(request.body) ?? [];
    demandReach(request, merchants, absentMerchant);
  });
}

/** Throws what the API throws for a merchant that does not exist, for the first that the caller may not reach. */
function demandReach(
  request: FastifyRequest,
  merchants: readonly string[],
  absentMerchant: AccessOptions['absentMerchant'],
): void {
  const scope = scopeOf(request);
  const { caller } = request;
  const beyond = merchants.find((merchantId) => caller === null || !mayReach(caller, merchantId, scope));
  if (beyond !== undefined) throw absentMerchant(beyond);
}

async function admit(request: FastifyRequest, verifier: TokenVerifier): Promise<Caller> {
  const caller = await verifier.verify(bearerTokenIn(request.raw.rawHeaders));
  const scope = scopeOf(request);
  if (!caller.scopes.has(scope))
    throw new AccessError(
      'scope-missing',
      `The access token does not have the scope ${scope}, which this address needs. Ask the provider for a token with it, if you may have it.`,
      { scope },
    );
  if (request.routeOptions.config.everyMerchant === true && !caller.isOperator)
    throw new AccessError(
      'operators-only',
      'This address is about every merchant, and the access token is not an operator’s. Ask an operator.',
      { scope },
    );
  return caller;
}

function refuse(request: FastifyRequest, reply: FastifyReply, error: AccessError): FastifyReply {
  return sendProblem(request, reply.headers(error.headers), error);
}

function scopeOf(request: FastifyRequest): Scope {
  return demanded(request.routeOptions.config.scope, request.routeOptions.url);
}

function demandScope({ url, config }: RouteOptions): void {
  demanded(config?.scope, url);
  const isAboutAll = config?.everyMerchant === true;
  if (!url.includes(MERCHANT_IN_PATH) && config?.merchantsIn === undefined && !isAboutAll)
    throw new Error(
      `${url} has no ${MERCHANT_IN_PATH} in its path, does not say which merchants are in its body, and is not for operators alone (everyMerchant): nobody could say whose data it shows`,
    );
}

function demanded(scope: Scope | undefined, url: string | undefined): Scope {
  if (scope !== undefined) return scope;
  throw new Error(`${url} names no scope: write config: { scope: … } so that it does not stand open`);
}
