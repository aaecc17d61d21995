/** What whoever is refused at the door is told: what every problem says, to the last header; operators are not refused. */
import { Registry } from '@fluxo/telemetry';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import { HttpProblem } from './http-problem.ts';
import { registerLoadShedding } from './load-shedding.plugin.ts';
import { registerOperations } from './operations.plugin.ts';
import { sendProblem } from './problem-answers.ts';
import { Shutdown } from './shutdown.ts';

const table = { overloaded: { status: 503, title: 'Too much – to do' } } as const;
const overloaded = new HttpProblem(table, 'overloaded', 'Nothing was done. Repeat it later.');

let app: FastifyInstance;
let isCrowded: boolean;
let shutdown: Shutdown;

beforeEach(() => {
  isCrowded = true;
  shutdown = new Shutdown();
  app = fastify({ genReqId: () => 'request-1' });
  shutdown.watch(app);
  registerLoadShedding(app, { overloaded, isCrowded: () => isCrowded });
  registerOperations(app, { metrics: new Registry(), readiness: () => ({ ready: true }) });
  app.get('/', async (request, reply) => sendProblem(request, reply, overloaded));
});

afterEach(() => app.close());

test('a refusal is to the last header what a problem is', async () => {
  const refusal = await app.inject('/');
  isCrowded = false;
  const problem = await app.inject('/');
  for (const { headers } of [refusal, problem]) delete headers['date'];
  expect(refusal.statusCode).toBe(503);
  expect(refusal.headers).toEqual(problem.headers);
  expect(refusal.body).toBe(problem.body);
  expect(refusal.json()).toMatchObject({ code: 'overloaded', requestId: 'request-1' });
});

test('operators are answered', async () => {
  for (const path of ['/livez', '/readyz', '/metrics']) expect((await app.inject(path)).statusCode).toBe(200);
});

test('an address that does not exist is refused like any other', async () => {
  expect((await app.inject('/nowhere')).statusCode).toBe(503);
});

test('whoever is refused while the process goes is asked to take another connection', async () => {
  expect((await app.inject('/')).headers['connection']).toBe('keep-alive');
  const gone = shutdown.drain(app, 100);
  expect((await app.inject('/')).headers['connection']).toBe('close');
  await gone;
});
