/**
 * THE list of what a Fluxo stack consists of: every process, its port, what it needs first, its environment and how one sees
 * that it works. The native supervisor, `status`, the test harness and the check of docker-compose.yml all derive from it. It
 * starts nothing itself. What only goes on beside a deployed stack stands in `auditor.ts`.
 */
import { type Addresses, asRole, portOffsets } from './addresses.ts';
import { StackError } from './stack-error.ts';

/** How one sees that a service works; an open port alone says little. */
export type ReadyCheck =
  | { readonly kind: 'kafka' }
  | { readonly kind: 'redis' }
  | { readonly kind: 'postgres' }
  | { readonly kind: 'dynamodb' }
  | { readonly kind: 'http'; readonly path: string };

type ServiceBase = {
  readonly name: string;
  /** Names of services that must be ready first. */
  readonly dependsOn: readonly string[];
};

/** Software of others: a container where Docker answers, a native process elsewhere. */
export type ServerService = ServiceBase & {
  readonly kind: 'server';
  readonly name: 'kafka' | 'registry' | 'redis' | 'postgres' | 'dynamodb';
  readonly portOffset: number;
  readonly ready: ReadyCheck;
};

/**
 * What watches the stack: software of others, always a native process, because what it asks for metrics listens on loopback. It needs
 * nobody: a watcher that waited for what it watches would see nothing of its start.
 */
export type WatcherService = ServiceBase & {
  readonly kind: 'watcher';
  readonly name: 'prometheus' | 'alertmanager';
  readonly portOffset: number;
  readonly ready: ReadyCheck;
};

/** A program of ours that runs until it is stopped. */
export type WorkerService = ServiceBase & {
  readonly kind: 'worker';
  /** Path from the checkout. */
  readonly program: string;
  readonly portOffset: number;
  readonly ready: ReadyCheck;
  readonly environment: (at: Addresses) => Readonly<Record<string, string>>;
};

/** A program of ours that ends by itself; ready when it has ended with 0. */
export type TaskService = ServiceBase & {
  readonly kind: 'task';
  readonly program: string;
  readonly environment: (at: Addresses) => Readonly<Record<string, string>>;
};

export type Service = ServerService | WatcherService | WorkerService | TaskService;

export type StackSize = {
  readonly streams: number;
  readonly sinks: number;
  readonly relays: number;
  readonly hasSimulator: boolean;
  /** DynamoDB and what writes it: another 250 MB that a person at a laptop rarely needs. */
  readonly hasDynamodb: boolean;
  /** Prometheus and Alertmanager. */
  readonly hasWatchers: boolean;
  /** Where sign-in is off (FLUXO_AUTH=off) there is nobody to sign in, so there is neither a provider nor a page, nor what only the page asks. */
  readonly hasSignIn: boolean;
};

export const defaultSize: StackSize = {
  streams: 1,
  sinks: 1,
  relays: 1,
  hasSimulator: true,
  hasDynamodb: false,
  hasWatchers: false,
  hasSignIn: true,
};

/** Merchants that the simulator always has, whatever its settings. */
export const SIMULATED_MERCHANTS = [
  'sim-0001',
  'sim-0002',
  'sim-0003',
  'sim-0004',
  'sim-0005',
  'sim-0006',
  'sim-0007',
] as const;

/** Names are `streams-1` to `streams-9`: the ports leave room for no more. */
export const INSTANCES_MAX = 9;

/** How many processors a person asked for; undefined: the default. Throws `usage`. */
export function streamsCount(text: string | undefined): number {
  const count = text === undefined ? defaultSize.streams : Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= INSTANCES_MAX) return count;
  throw new StackError(
    'usage',
    `The number of processors must be 1 to ${INSTANCES_MAX}, not ${JSON.stringify(text)}.`,
  );
}

const servers: readonly ServerService[] = [
  { name: 'kafka', kind: 'server', portOffset: portOffsets.kafka, dependsOn: [], ready: { kind: 'kafka' } },
  {
    name: 'registry',
    kind: 'server',
    portOffset: portOffsets.registry,
    dependsOn: [],
    ready: { kind: 'http', path: '/apis/ccompat/v7/subjects' },
  },
  { name: 'redis', kind: 'server', portOffset: portOffsets.redis, dependsOn: [], ready: { kind: 'redis' } },
  {
    name: 'postgres',
    kind: 'server',
    portOffset: portOffsets.postgres,
    dependsOn: [],
    ready: { kind: 'postgres' },
  },
];

const dynamodb: ServerService = {
  name: 'dynamodb',
  kind: 'server',
  portOffset: portOffsets.dynamodb,
  dependsOn: [],
  ready: { kind: 'dynamodb' },
};

const watchers: readonly WatcherService[] = (['alertmanager', 'prometheus'] as const).map((name) => ({
  name,
  kind: 'watcher',
  portOffset: portOffsets[name],
  dependsOn: [],
  ready: { kind: 'http', path: '/-/ready' },
}));

/** Creates the table of the DynamoDB view; does nothing where it is as it should be. */
const provisionDynamodb: TaskService = {
  name: 'provision-dynamodb',
  kind: 'task',
  program: 'sinks/dynamodb/provision.ts',
  dependsOn: ['dynamodb'],
  environment: (at) => ({ FLUXO_DYNAMODB: at.dynamodb }),
};

/** Creates the topics and registers the schemas; does nothing where they are already as they should be. */
const provision: TaskService = {
  name: 'provision',
  kind: 'task',
  program: 'stack/provision.ts',
  dependsOn: ['kafka', 'registry'],
  environment: (at) => ({ FLUXO_KAFKA: at.kafka, FLUXO_REGISTRY: at.registry }),
};

/** Makes the database, its roles and its tables; does nothing where they are already as they should be. */
const migrate: TaskService = {
  name: 'migrate',
  kind: 'task',
  program: 'postgres/main.ts',
  dependsOn: ['postgres'],
  environment: (at) => ({
    FLUXO_POSTGRES: asRole(at.postgres, 'fluxo_owner'),
    FLUXO_POSTGRES_ADMIN: asRole(at.postgres, 'postgres', 'postgres'),
  }),
};

type WorkerRole = Pick<WorkerService, 'program' | 'dependsOn' | 'environment'> & {
  readonly role: string;
  readonly portOffset: number;
  readonly isNumbered: boolean;
};

/** Whose access tokens count, and for what. */
export const signsIn = (at: Addresses) => ({
  FLUXO_OIDC_ISSUER: at.identity,
  FLUXO_OIDC_AUDIENCE: 'urn:fluxo:api',
});

export const readsKafka = (at: Addresses) => ({ FLUXO_KAFKA: at.kafka, FLUXO_REGISTRY: at.registry });

const roles: readonly WorkerRole[] = [
  {
    role: 'streams',
    program: 'streams/main.ts',
    portOffset: portOffsets.streams,
    isNumbered: true,
    dependsOn: ['kafka', 'registry', 'provision'],
    environment: readsKafka,
  },
  {
    role: 'sink-redis',
    program: 'sinks/redis/main.ts',
    portOffset: portOffsets.sinkRedis,
    isNumbered: true,
    dependsOn: ['kafka', 'registry', 'redis', 'provision'],
    environment: (at) => ({ ...readsKafka(at), FLUXO_REDIS: at.redis }),
  },
  {
    role: 'sink-postgres',
    program: 'sinks/postgres/main.ts',
    portOffset: portOffsets.sinkPostgres,
    isNumbered: true,
    dependsOn: ['kafka', 'registry', 'postgres', 'provision', 'migrate'],
    environment: (at) => ({ ...readsKafka(at), FLUXO_POSTGRES: asRole(at.postgres, 'fluxo_sink') }),
  },
  {
    role: 'sink-dynamodb',
    program: 'sinks/dynamodb/main.ts',
    portOffset: portOffsets.sinkDynamodb,
    isNumbered: true,
    dependsOn: ['kafka', 'registry', 'dynamodb', 'provision', 'provision-dynamodb'],
    environment: (at) => ({ ...readsKafka(at), FLUXO_DYNAMODB: at.dynamodb }),
  },
  {
    role: 'identity',
    program: 'identity/provider/main.ts',
    portOffset: portOffsets.identity,
    isNumbered: false,
    dependsOn: [],
    environment: (at) => ({ ...signsIn(at), FLUXO_BFF_CALLBACK: `${at.bff}/auth/callback` }),
  },
  {
    role: 'query-api',
    program: 'query-api/main.ts',
    portOffset: portOffsets.queryApi,
    isNumbered: false,
    dependsOn: ['kafka', 'registry', 'redis', 'postgres', 'provision', 'migrate'],
    // It would start without Postgres, and answer balances. No need of `identity` either: its keys are fetched when the first token
    // comes. Nor of a DynamoDB: where none answers, that tier is passed over, and where one is started later, it joins.
    environment: (at) => ({
      ...readsKafka(at),
      FLUXO_REDIS: at.redis,
      FLUXO_POSTGRES: asRole(at.postgres, 'fluxo_reader'),
      FLUXO_DYNAMODB: at.dynamodb,
      ...signsIn(at),
    }),
  },
  {
    role: 'entries-api',
    program: 'entries-api/main.ts',
    portOffset: portOffsets.entriesApi,
    isNumbered: false,
    dependsOn: ['postgres', 'migrate'],
    environment: (at) => ({ FLUXO_POSTGRES: asRole(at.postgres, 'fluxo_entries'), ...signsIn(at) }),
  },
  {
    role: 'operations-api',
    program: 'operations-api/main.ts',
    portOffset: portOffsets.operationsApi,
    isNumbered: false,
    dependsOn: ['kafka', 'registry', 'provision'],
    environment: (at) => ({ ...readsKafka(at), ...signsIn(at), FLUXO_AUDIT: at.audit }),
  },
  {
    role: 'bff',
    program: 'bff/main.ts',
    portOffset: portOffsets.bff,
    isNumbered: false,
    dependsOn: ['redis', 'identity'],
    environment: (at) => ({
      FLUXO_BFF: at.bff,
      // Sessions have a database of their own: that of the balances holds nothing else.
      FLUXO_REDIS: `${at.redis}/1`,
      FLUXO_QUERY_API: at.queryApi,
      FLUXO_ENTRIES_API: at.entriesApi,
      FLUXO_OPERATIONS_API: at.operationsApi,
      ...signsIn(at),
    }),
  },
  {
    role: 'outbox-relay',
    program: 'entries-api/relay/main.ts',
    portOffset: portOffsets.outboxRelay,
    isNumbered: true,
    dependsOn: ['kafka', 'registry', 'postgres', 'provision', 'migrate'],
    environment: (at) => ({ ...readsKafka(at), FLUXO_POSTGRES: asRole(at.postgres, 'fluxo_relay') }),
  },
  {
    role: 'simulator',
    program: 'producers/simulator/main.ts',
    portOffset: portOffsets.simulator,
    isNumbered: false,
    dependsOn: ['kafka', 'registry', 'provision'],
    environment: readsKafka,
  },
];

function workerOf(role: WorkerRole, number: number): WorkerService {
  const name = role.isNumbered ? `${role.role}-${number}` : role.role;
  return {
    name,
    kind: 'worker',
    program: role.program,
    portOffset: role.portOffset + (role.isNumbered ? number : 0),
    dependsOn: role.dependsOn,
    ready: { kind: 'http', path: '/readyz' },
    environment: (at) => ({ ...role.environment(at), FLUXO_INSTANCE: name }),
  };
}

/** All services of a stack of this size, in an order in which they can be started. */
export function servicesOf({
  streams,
  sinks,
  relays,
  hasSimulator,
  hasDynamodb,
  hasWatchers,
  hasSignIn,
}: StackSize): readonly Service[] {
  const count: Record<string, number> = {
    streams,
    'sink-redis': sinks,
    'sink-postgres': sinks,
    'sink-dynamodb': hasDynamodb ? sinks : 0,
    'outbox-relay': relays,
    simulator: hasSimulator ? 1 : 0,
    identity: hasSignIn ? 1 : 0,
    bff: hasSignIn ? 1 : 0,
    'operations-api': hasSignIn ? 1 : 0,
  };
  const workers = roles.flatMap((role) =>
    Array.from({ length: count[role.role] ?? 1 }, (_, index) => workerOf(role, index + 1)),
  );
  const ours = hasDynamodb
    ? [...servers, dynamodb, provision, migrate, provisionDynamodb, ...workers]
    : [...servers, provision, migrate, ...workers];
  return hasWatchers ? [...ours, ...watchers] : ours;
}

const largestSize: StackSize = {
  streams: INSTANCES_MAX,
  sinks: INSTANCES_MAX,
  relays: INSTANCES_MAX,
  hasSimulator: true,
  hasDynamodb: true,
  hasWatchers: true,
  hasSignIn: true,
};

/** What a worker is, however many of it there are: `streams` of `streams-2`. */
export function roleOf({ name }: WorkerService): string {
  return name.replace(/-\d+$/, '');
}

/** The service of this name, whether or not a stack of the default size has it. Throws `unknown-service`. */
export function serviceNamed(name: string): Service {
  const all = servicesOf(largestSize);
  const found = all.find((service) => service.name === name);
  if (found !== undefined) return found;
  const names = servicesOf(defaultSize).map((service) => service.name);
  throw new StackError(
    'unknown-service',
    `There is no service ${JSON.stringify(name)}. There are: ${names.join(', ')}.`,
  );
}

const stage = { server: 0, task: 1, worker: 2, watcher: 3 } as const;

/** What others need first. */
export function inStartOrder(services: readonly Service[]): readonly Service[] {
  return services.toSorted((a, b) => stage[a.kind] - stage[b.kind]);
}

/** Dependants first. */
export function inStopOrder(services: readonly Service[]): readonly Service[] {
  return services.toSorted((a, b) => stage[b.kind] - stage[a.kind]);
}
