/**
 * One of the servers that are compared, in a process of its own: the query API from memory; the bare minimum, a `node:http` server that looks the
 * same bytes up by address; and Fastify before a Redis GET or a SELECT by primary key of the same bytes, as a service without a memory view
 * would be written. Told which by its first argument; then it is given what it needs, tells its port, and its CPU time whenever it is asked.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { openPool } from '@fluxo/postgres';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { Redis } from 'ioredis';
import { serveBare } from '../bare-server.ts';
import { serveBooks } from '../memory-api.ts';
import { documentOf, merchantOf } from '../stored-documents.ts';
import type { SubjectName, SubjectPlan } from './subject.ts';

const POSTGRES_CONNECTIONS = 10;
const STATEMENT_WITHIN_MS = 5_000;
const ROWS_AT_ONCE = 500;

function serveFluxo({ merchants, days }: SubjectPlan): Promise<number> {
  return serveBooks(
    Array.from({ length: merchants }, (_, index) => {
      const documents = days.map((day) => documentOf(index, day));
      return [merchantOf(index), documents] as const;
    }),
  );
}

async function serveRedis({ answers, redis: url }: SubjectPlan): Promise<number> {
  const redis = new Redis(url, { enableAutoPipelining: true });
  for (const [path, { body }] of answers) await redis.set(path, body);
  const app = fastify();
  app.get('/*', async (request, reply) => sendFound(reply, await redis.getBuffer(request.url)));
  return listening(app);
}

async function servePostgres({ answers, postgres: url }: SubjectPlan): Promise<number> {
  const pool = openPool({
    url,
    name: 'bench',
    connectionsMax: POSTGRES_CONNECTIONS,
    timeoutMs: STATEMENT_WITHIN_MS,
  });
  await pool.query('CREATE TABLE bench_answers (path text PRIMARY KEY, body text NOT NULL)');
  for (let at = 0; at < answers.length; at += ROWS_AT_ONCE) {
    const rows = answers.slice(at, at + ROWS_AT_ONCE);
    await pool.query('INSERT INTO bench_answers SELECT * FROM unnest($1::text[], $2::text[])', [
      rows.map(([path]) => path),
      rows.map(([, { body }]) => body),
    ]);
  }
  await pool.query('ANALYZE bench_answers');
  const app = fastify();
  app.get('/*', async (request, reply) => {
    const { rows } = await pool.query<{ body: string }>({
      name: 'answer',
      text: 'SELECT body FROM bench_answers WHERE path = $1',
      values: [request.url],
    });
    return sendFound(reply, rows[0]?.body ?? null);
  });
  return listening(app);
}

function sendFound(reply: FastifyReply, body: Uint8Array | string | null): FastifyReply {
  if (body === null) return reply.code(404).send();
  return reply.header('content-type', 'application/json; charset=utf-8').send(body);
}

async function listening(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

const serve: Readonly<Record<SubjectName, (plan: SubjectPlan) => Promise<number>>> = {
  fluxo: serveFluxo,
  bare: ({ answers }) => serveBare(answers),
  redis: serveRedis,
  postgres: servePostgres,
};

const [plan] = (await once(process, 'message')) as [SubjectPlan];
const port = await serve[process.argv[2] as SubjectName](plan);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.send?.(port);
