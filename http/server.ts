/**
 * The server every API starts from: limits that no caller can talk it out of, answers to what is no request, JSON that is taken as it is
 * (reliability.md 2.4), short names for requests.
 */
import type { Socket } from 'node:net';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';

export type ServerOptions = {
  /** Slow or endless requests hold a socket no longer than this; a neighbour never notices them. */
  readonly requestTimeoutMs?: number | undefined;
  /** The longest body, where another is not said at the route. */
  readonly bodyLimit?: number;
  /**
   * How many proxies every request has come through, which are trusted to say in X-Forwarded-For who asked them; by default none. Where there
   * are fewer, or somebody reaches the server past them, callers choose their address.
   */
  readonly proxies?: number | undefined;
  /** Answers what went wrong before routing: an address that cannot be decoded or is too long. */
  readonly frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void;
  /** Answers bytes that never became a request. */
  readonly clientErrorHandler: (error: Error & { code?: string }, socket: Socket) => void;
};

const REQUEST_TIMEOUT_MS = 10_000;
const HEADER_BYTES_MAX = 16 * 1024;
const KEEP_ALIVE_MS = 72_000;
/** The longest path parameter that is looked at: an id of 64 characters, percent-encoded, fits. */
const PARAMETER_LENGTH_MAX = 256;

export function createServer({
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
  proxies = 0,
  ...options
}: ServerOptions): FastifyInstance {
  return fastify({
    logger: false,
    ...(proxies === 0 ? {} : { trustProxy: (_address: string, hop: number) => hop < proxies }),
    genReqId: requestIds(),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: requestTimeoutMs / 5,
    },
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    // A process that shuts down answers what still reaches it; it says "connection: close" meanwhile.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    ...options,
  });
}

/** Short names for requests, unique within the log: one random word per process, then a number. */
function requestIds(): () => string {
  const process = crypto.randomUUID().slice(0, 8);
  let count = 0;
  return () => `${process}-${(++count).toString(36)}`;
}
