/**
 * The built page: its files as they are, for ever where their name holds their hash, and `index.html` for every address that the page itself
 * understands, with a nonce of its own for each answer, so that style elements made by the page's library count and no others.
 * The folder may be missing: then the page says how it is built, and everything else works.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { sendProblem } from '@fluxo/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.ts';
import { routeUnknown } from './problems.plugin.ts';
import { policyWith } from './security-headers.plugin.ts';

/** What stands in index.html where each answer has its nonce (decision 0020). */
const NONCE_PLACE = '__CSP_NONCE__';
const HASHED = /-[A-Za-z0-9_]{8,}\.\w+$/;
/** A merchant's id may hold a dot, so not every name with one is a file. */
const FILE = /\.(?:js|css|map|html|json|svg|png|ico|webp|woff2|txt|webmanifest)$/;
const FOR_EVER_S = 31_536_000;

/** `folder` is where the page was built. */
export async function registerPage(app: FastifyInstance, folder: string): Promise<void> {
  if (existsSync(folder))
    await app.register(fastifyStatic, {
      root: folder,
      index: false,
      dotfiles: 'ignore',
      cacheControl: false,
      setHeaders: (reply, path) => {
        const isHashed = HASHED.test(path);
        reply.header('cache-control', isHashed ? `max-age=${FOR_EVER_S}, immutable` : 'no-cache');
      },
    });
  app.get('/', (request, reply) => sendIndex(request, reply, folder));
  app.get('/index.html', (request, reply) => sendIndex(request, reply, folder));
  app.setNotFoundHandler((request, reply) => {
    if (isAddressOfPage(request)) return sendIndex(request, reply, folder);
    return sendProblem(request, reply, routeUnknown());
  });
}

/** Addresses of the API have answers of their own, and names with an ending are files: none of them is the page. */
function isAddressOfPage({ method, url }: FastifyRequest): boolean {
  const [path = ''] = url.split('?');
  if (method !== 'GET' || /^\/(?:api|auth)(?:\/|$)/.test(path)) return false;
  return !FILE.test(path);
}

async function sendIndex(
  request: FastifyRequest,
  reply: FastifyReply,
  folder: string,
): Promise<FastifyReply> {
  const text = await readFile(join(folder, 'index.html'), 'utf8').catch(() => null);
  if (text === null) return sendProblem(request, reply, notBuilt());
  const nonce = randomBytes(16).toString('base64');
  return reply
    .header('content-security-policy', policyWith(nonce))
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(text.replaceAll(NONCE_PLACE, nonce));
}

function notBuilt(): Problem {
  return new Problem(
    'page-missing',
    'The page has not been built in this checkout: `npm run build -w web` builds it. The API below /api works without it.',
  );
}
