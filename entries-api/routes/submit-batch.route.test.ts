/** A batch through its route alone: over a store that accepts everything and a ledger that is never asked. */
import { registerAnswerSchemas } from '@fluxo/http';
import { entryBatchSchema, newEntrySchema, problemSchema, submissionSchema } from '@fluxo/schemas';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import { registerJsonBody } from '../plugins/json-body.plugin.ts';
import type { Services } from './services.ts';
import { submitBatchRoute } from './submit-batch.route.ts';

const entry = {
  accountId: 'drawer',
  direction: 'CREDIT',
  kind: 'SALE',
  paymentMethod: 'PIX',
  amountMinor: 1_250,
  currency: 'BRL',
  occurredAt: '2026-11-24T10:00:00-03:00',
};

const services = {
  store: { accept: async ({ answer }: { answer: object }) => ({ outcome: 'accepted', answer }) },
  currencies: { refusalOf: async () => null },
  nowMs: () => Date.UTC(2026, 10, 24, 14),
} as unknown as Services;

let app: FastifyInstance;

beforeEach(() => {
  app = fastify();
  registerAnswerSchemas(app, [newEntrySchema, entryBatchSchema, submissionSchema, problemSchema]);
  registerJsonBody(app);
});

afterEach(async () => app.close());

async function batch(entries: readonly object[]): Promise<readonly number[]> {
  const answer = await app.inject({
    method: 'POST',
    url: '/merchants/m-1/entries:batch',
    headers: { 'idempotency-key': crypto.randomUUID() },
    payload: { entries },
  });
  return answer.json<{ results: { status: number }[] }>().results.map(({ status }) => status);
}

test('entries are judged by one validator in all batches: a compiled one is kept as long as the process lives', async () => {
  const validators = new Set<unknown>();
  app.addHook('preHandler', async (request) => {
    const compile = request.compileValidationSchema.bind(request);
    const value = (schema: object) => {
      const validator = compile(schema);
      validators.add(validator);
      return validator;
    };
    Object.defineProperty(request, 'compileValidationSchema', { value });
  });
  submitBatchRoute(app, services);
  expect(await batch([entry, { ...entry, amountMinor: 0 }])).toEqual([202, 400]);
  expect(await batch([{ ...entry, kind: 'GIFT' }, entry])).toEqual([400, 202]);
  expect(validators.size).toBe(1);
});

test('an id that an entry before it has is refused: what became of either could not be told from the other', async () => {
  submitBatchRoute(app, services);
  const [entryId, otherId] = [crypto.randomUUID(), crypto.randomUUID()];
  const wrong = { ...entry, entryId: otherId, amountMinor: 0 };
  const entries = [{ ...entry, entryId }, wrong, { ...entry, entryId, amountMinor: 2 }];
  expect(await batch([...entries, { ...entry, entryId: otherId }])).toEqual([202, 400, 400, 202]);
});
