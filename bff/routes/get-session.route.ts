/** GET /api/session: who is signed in, and for which merchants. */
import type { SessionBody } from '@fluxo/schemas';
import type { FastifyInstance } from 'fastify';
import { signedInOf } from '../plugins/signed-in.plugin.ts';
import type { Services } from '../services.ts';
import { noQuery } from './parameters.ts';

/** A chain of hundreds is found by its ids; so many are also named. */
const NAMED_MAX = 32;
/** Places at the query API that a session takes: it must leave some to who wants a page. */
const NAMED_AT_ONCE = 8;

export function getSessionRoute(app: FastifyInstance, { balances, operations }: Services): void {
  app.get('/api/session', { schema: { querystring: noQuery } }, async (request): Promise<SessionBody> => {
    const { person, isOperator, merchants, scopes, csrfToken, tokens } = signedInOf(request).session;
    const nameOf = (merchantId: string) =>
      balances.merchant(tokens.access, merchantId).then(
        ({ name }) => name,
        () => null, // unknown yet, or nobody can be asked: the id says enough
      );
    const names: (string | null)[] = [];
    while (names.length < Math.min(merchants.length, NAMED_MAX)) {
      const next = merchants.slice(names.length, names.length + NAMED_AT_ONCE);
      names.push(...(await Promise.all(next.map(nameOf))));
    }
    const named = merchants.map((merchantId, index) => ({ merchantId, name: names[index] ?? null }));
    const hasOperations = operations !== null && isOperator;
    return { person, isOperator, hasOperations, merchants: named, scopes, csrfToken };
  });
}
