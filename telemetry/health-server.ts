/**
 * What every worker process shows of itself over HTTP: `/livez` (the process runs), `/readyz` (it does its work: 200 or 503,
 * with details as JSON) and `/metrics` (Prometheus text). The HTTP services serve these themselves; this is for processes
 * that have no other port.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { registerReadiness } from './readiness-metrics.ts';

export type Readiness = { readonly ready: boolean };

export type HealthOptions = {
  readonly port: number;
  readonly metrics: Registry;
  /** Asked at every question; it may fail, and then there is no answer. */
  readonly readiness: () => Readiness | Promise<Readiness>;
};

/**
 * Starts serving where FLUXO_HTTP_HOST says, or on loopback: in a pod it is the cluster that asks, from outside. Resolves when the port is open.
 * Fails with the port's number when another process has it.
 */
export async function startHealthServer(options: HealthOptions): Promise<Server> {
  registerReadiness(options.metrics, options.readiness);
  const server = createServer((request, response) => {
    // A question that cannot be answered is the asker's trouble: it must not end the process that was asked.
    answerHealth(request.url ?? '/', response, options).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, process.env['FLUXO_HTTP_HOST'] ?? '127.0.0.1', resolve);
  });
  return server;
}

/** Ends it and all its connections: a question that nobody is left to answer, or that is never finished, would keep the process. */
export function endHealthServer(server: Server): void {
  server.close();
  server.closeAllConnections();
}

/** Answers one request for `/livez`, `/readyz` or `/metrics`, for a process that has an HTTP server of its own. */
export async function answerHealth(
  url: string,
  response: ServerResponse,
  options: Pick<HealthOptions, 'metrics' | 'readiness'>,
): Promise<void> {
  if (url === '/livez') return sendJson(response, 200, { live: true });
  if (url === '/readyz') {
    const readiness = await options.readiness();
    return sendJson(response, readiness.ready ? 200 : 503, readiness);
  }
  if (url === '/metrics') {
    response.writeHead(200, { 'content-type': options.metrics.contentType });
    response.end(await options.metrics.metrics());
    return;
  }
  sendJson(response, 404, { error: 'not found; try /livez, /readyz or /metrics' });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
