/**
 * Where the local stack listens: every port is an offset from FLUXO_PORT_BASE, so that several stacks live side by side on
 * one machine. Everything is on 127.0.0.1. Nothing is looked up: an address says where a service would be, not that it runs.
 */
import { StackError } from './stack-error.ts';

export const PORT_BASE_DEFAULT = 21_000;

/** Offsets of the fixed services; workers count from theirs: streams-1 is `streams` + 1. */
export const portOffsets = {
  kafka: 0,
  kafkaController: 1,
  registry: 2,
  redis: 3,
  /** Only where FLUXO_KAFKA_PROXIED is set: a second listener of the broker, and the port a proxy before it must have. */
  kafkaBehindProxy: 4,
  kafkaProxy: 5,
  postgres: 6,
  identity: 7,
  /** The web page and its back end: where people return to after signing in. */
  bff: 8,
  /** Only where it is asked for, as its sinks: `npm start -- --dynamodb`. */
  dynamodb: 9,
  queryApi: 10,
  /** The relays count from here: 12 to 20. */
  entriesApi: 11,
  outboxRelay: 11,
  streams: 20,
  /** Only where it is asked for, as Alertmanager: `npm start -- --observe`. */
  prometheus: 30,
  sinkRedis: 30,
  simulator: 40,
  sinkPostgres: 40,
  alertmanager: 50,
  sinkDynamodb: 50,
  operationsApi: 60,
  /** Where the stack's programs look for an audit that somebody lets go on beside it: `fluxo audit --watch --port`. */
  audit: 61,
  /** Only where the stack is observed: what the broker says of itself, to Prometheus. */
  kafkaMetrics: 62,
} as const;

/** Of every role of a Postgres on loopback, as everybody may know. */
export const LOCAL_PASSWORD = 'fluxo-local';

/** No stack uses a port above base + this. */
export const PORT_OFFSET_MAX = 62;

export type Environment = Readonly<Record<string, string | undefined>>;

export type Addresses = {
  /** `host:port`, several separated by commas: what FLUXO_KAFKA holds. */
  readonly kafka: string;
  /** Base URL of the Confluent-style API: FLUXO_REGISTRY. */
  readonly registry: string;
  /** `redis://…`: FLUXO_REDIS. */
  readonly redis: string;
  /** `postgres://…` with the role that may read everything: FLUXO_POSTGRES. The programs of the stack come by roles of their own, see `asRole`. */
  readonly postgres: string;
  /** Endpoint and table, see `dynamoTableOf`: FLUXO_DYNAMODB. */
  readonly dynamodb: string;
  /** Base URL of the query API: FLUXO_QUERY_API. */
  readonly queryApi: string;
  /** Base URL of the entries API: FLUXO_ENTRIES_API. */
  readonly entriesApi: string;
  /** Base URL of the operations API: FLUXO_OPERATIONS_API. */
  readonly operationsApi: string;
  /** Base URL of `fluxo audit --watch`: FLUXO_AUDIT. */
  readonly audit: string;
  /** The sign-in provider, as its tokens write it: FLUXO_OIDC_ISSUER. */
  readonly identity: string;
  /** Where the web page is: FLUXO_BFF. */
  readonly bff: string;
};

/** FLUXO_PORT_BASE as a number. Throws `usage` if it is none, or leaves no room for the ports above it. */
export function portBaseOf(env: Environment): number {
  const text = env['FLUXO_PORT_BASE'] ?? String(PORT_BASE_DEFAULT);
  const base = Number(text);
  if (Number.isInteger(base) && base >= 1024 && base + PORT_OFFSET_MAX <= 65_535) return base;
  throw new StackError(
    'usage',
    `FLUXO_PORT_BASE is ${JSON.stringify(text)}: it must be a whole number from 1024 to ${65_535 - PORT_OFFSET_MAX}.`,
  );
}

/** Addresses of the stack with this port base, whatever else the environment says. */
export function localAddresses(portBase: number): Addresses {
  const at = (offset: number) => `127.0.0.1:${portBase + offset}`;
  return {
    kafka: at(portOffsets.kafka),
    registry: `http://${at(portOffsets.registry)}/apis/ccompat/v7`,
    redis: `redis://${at(portOffsets.redis)}`,
    postgres: `postgres://fluxo_auditor:${LOCAL_PASSWORD}@${at(portOffsets.postgres)}/fluxo`,
    dynamodb: `http://${at(portOffsets.dynamodb)}/fluxo-views`,
    queryApi: `http://${at(portOffsets.queryApi)}`,
    entriesApi: `http://${at(portOffsets.entriesApi)}`,
    operationsApi: `http://${at(portOffsets.operationsApi)}`,
    audit: `http://${at(portOffsets.audit)}`,
    identity: `http://${at(portOffsets.identity)}`,
    bff: `http://${at(portOffsets.bff)}`,
  };
}

/**
 * Addresses for a client: FLUXO_KAFKA, FLUXO_REGISTRY, FLUXO_REDIS, FLUXO_POSTGRES, FLUXO_DYNAMODB, FLUXO_QUERY_API, FLUXO_ENTRIES_API,
 * FLUXO_OPERATIONS_API, FLUXO_AUDIT, FLUXO_OIDC_ISSUER and FLUXO_BFF win over those of the local stack.
 */
export function stackAddresses(env: Environment = process.env): Addresses {
  const local = localAddresses(portBaseOf(env));
  return {
    kafka: env['FLUXO_KAFKA'] ?? local.kafka,
    registry: env['FLUXO_REGISTRY'] ?? local.registry,
    redis: env['FLUXO_REDIS'] ?? local.redis,
    postgres: env['FLUXO_POSTGRES'] ?? local.postgres,
    dynamodb: env['FLUXO_DYNAMODB'] ?? local.dynamodb,
    queryApi: env['FLUXO_QUERY_API'] ?? local.queryApi,
    entriesApi: env['FLUXO_ENTRIES_API'] ?? local.entriesApi,
    operationsApi: env['FLUXO_OPERATIONS_API'] ?? local.operationsApi,
    audit: env['FLUXO_AUDIT'] ?? local.audit,
    identity: env['FLUXO_OIDC_ISSUER'] ?? local.identity,
    bff: env['FLUXO_BFF'] ?? local.bff,
  };
}

/** The same database for another role, with the password that stands in the address. */
export function asRole(postgres: string, role: string, database?: string): string {
  const url = new URL(postgres);
  url.username = role;
  if (database !== undefined) url.pathname = `/${database}`;
  return url.href;
}
