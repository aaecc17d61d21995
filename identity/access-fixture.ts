/**
 * A small API behind the gate, for tests: `/v1/merchants/{id}` needs `balances:read`; m-1 and m-2 exist. Whoever gets in is told its
 * own subject.
 */
import { type FastifyInstance, fastify } from 'fastify';
import { type Access, registerAccess } from './access.plugin.ts';
import type { Scope } from './caller.ts';

const KNOWN = ['m-1', 'm-2'];

export type ApiBehindTheGate = {
  readonly app: FastifyInstance;
  /** Merchants that were looked up. */
  readonly lookedUp: readonly string[];
};

export async function openApi(access: Access, scope: Scope = 'balances:read'): Promise<ApiBehindTheGate> {
  const app = fastify();
  const lookedUp: string[] = [];
  const absentMerchant = (merchantId: string) =>
    Object.assign(new Error(`There is no merchant ${merchantId}.`), { statusCode: 404 });
  await app.register(async (v1) => {
    registerAccess(v1, { access, absentMerchant });
    v1.get<{ Params: { merchantId: string } }>(
      '/v1/merchants/:merchantId',
      { config: { scope } },
      async (request) => {
        const { merchantId } = request.params;
        lookedUp.push(merchantId);
        if (!KNOWN.includes(merchantId)) throw absentMerchant(merchantId);
        return { subject: request.caller?.subject ?? null };
      },
    );
  });
  return { app, lookedUp };
}
