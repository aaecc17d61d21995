/**
 * Real servers for tests: Kafka, the schema registry, Redis and Postgres on free ports with data of their own, through testcontainers
 * where Docker answers and as native processes where it does not. Nothing of it survives the test run.
 * Tests that need the `cash.*` topics to themselves take a whole stack (`startStack` in `stacks.ts`); others share one set
 * of servers (`sharedServers`) and use topics and groups with names of their own. Postgres joins that set when the first test
 * asks for it (`sharedPostgres`), and each test makes a database of its own there.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Addresses, type Place, placeOf, StackError, Supervisor, serviceNamed } from '@fluxo/stack';
import { isDockerUsable } from '../stack/docker.ts';
import { composeEnvironment } from '../stack/docker-servers.ts';
import { rememberedNames, running } from '../stack/native-process.ts';
import { identify, isAlive, type ProcessIdentity, signal } from '../stack/process-identity.ts';
import { demandCompatibility } from '../stack/servers/registry.ts';

export type ServerName = 'kafka' | 'registry' | 'redis' | 'postgres' | 'dynamodb';
export type ServerChoice = Readonly<Partial<Record<ServerName, boolean>>>;

export type Servers = Pick<Addresses, ServerName> & {
  /** Where they run; what joins them later, or is started in their place, belongs there. */
  readonly place: Place;
  /** Ends the servers and removes their data. */
  readonly stop: () => Promise<void>;
};

/** Below the ephemeral ports, so that no outgoing connection sits on one, and away from the default stack. */
const PORT_BASES = { from: 10_000, step: 62, count: 180 };
const ATTEMPTS = 5;
const HOME_PREFIX = 'fluxo-test-servers-';
const OWNER_FILE = 'test-process.json';

/** Starts the chosen servers. Addresses of servers not chosen lead nowhere. */
export async function startServers(
  choice: ServerChoice = { kafka: true, registry: true, redis: true },
): Promise<Servers> {
  const names = (['kafka', 'registry', 'redis', 'postgres', 'dynamodb'] as const).filter(
    (name) => choice[name],
  );
  return withTemporaryPlace(async (place) => {
    if (isDockerUsable(place.env)) return startContainers(place, names);
    await new Supervisor(place).up(names.map(serviceNamed));
    return { ...place.addresses, place, stop: () => tearDown(place) };
  });
}

/** The servers that the whole test run shares, started once by `jest-global-setup.js`. */
export function sharedServers(): Pick<Addresses, Exclude<ServerName, 'postgres' | 'dynamodb'>> {
  return {
    kafka: sharedAddress('FLUXO_TEST_KAFKA'),
    registry: sharedAddress('FLUXO_TEST_REGISTRY'),
    redis: sharedAddress('FLUXO_TEST_REDIS'),
  };
}

/** Only tests of it need Postgres, so the first that asks starts it, beside the shared servers, with which it ends. */
export async function sharedPostgres(): Promise<string> {
  const given = process.env['FLUXO_TEST_POSTGRES'];
  if (given !== undefined) return given;
  const place = placeOf({
    ...process.env,
    FLUXO_HOME: sharedAddress('FLUXO_TEST_HOME'),
    FLUXO_PORT_BASE: sharedAddress('FLUXO_TEST_PORT_BASE'),
  });
  await new Supervisor(place).up([serviceNamed('postgres')]);
  return place.addresses.postgres;
}

function sharedAddress(variable: string): string {
  const value = process.env[variable];
  if (value !== undefined) return value;
  throw new Error(
    `${variable} is not set: run this test through jest's project "integration", or set it by hand.`,
  );
}

/**
 * Finds a home and ports for a stack and runs `start` in them. The home is named by its ports, so that no two tests on this machine ever
 * share them; where a program of somebody else sits on one, `start` is told `port-taken` and other ports are tried.
 */
export async function withTemporaryPlace<T>(start: (place: Place) => Promise<T>): Promise<T> {
  let attempts = 0;
  for (;;) {
    sweepAbandoned();
    const base = PORT_BASES.from + PORT_BASES.step * Math.floor(Math.random() * PORT_BASES.count);
    const home = join(tmpdir(), `${HOME_PREFIX}${base}`);
    if (!claim(home)) continue;
    const place = placeOf({ ...process.env, FLUXO_HOME: home, FLUXO_PORT_BASE: String(base) });
    killWithThisProcess(place);
    attempts += 1;
    try {
      return await start(place);
    } catch (error) {
      await tearDown(place);
      if (attempts < ATTEMPTS && error instanceof StackError && error.code === 'port-taken') continue;
      throw error;
    }
  }
}

/** False if another test has this home. */
function claim(home: string): boolean {
  try {
    // Postgres runs as another user than root, and must reach its data in there.
    mkdirSync(home, { mode: 0o711 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(home, OWNER_FILE), JSON.stringify(identify(process.pid)));
  return true;
}

/** Ends what runs at this place and removes the place. Asks nobody: test data is worth nothing. */
export async function tearDown(place: Place): Promise<void> {
  killAll(place);
  await rm(place.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/** A test run that ends early, by Ctrl-C or by a crash, must not leave a Kafka behind. */
function killWithThisProcess(place: Place): void {
  process.once('exit', () => {
    killAll(place);
    rmSync(place.home, { recursive: true, force: true });
  });
}

/** A test run that was killed could not clean up; the next one does it. */
function sweepAbandoned(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(HOME_PREFIX))) {
    const home = join(tmpdir(), name);
    const owner = existsSync(join(home, OWNER_FILE)) ? readFileSync(join(home, OWNER_FILE), 'utf8') : '';
    if (owner === '' || isAlive(JSON.parse(owner) as ProcessIdentity)) continue;
    killAll(placeOf({ ...process.env, FLUXO_HOME: home }));
    rmSync(home, { recursive: true, force: true });
  }
}

function killAll(place: Place): void {
  for (const name of rememberedNames(place)) {
    const identity = running(place, name);
    if (identity !== null) signal(identity, 'SIGKILL');
  }
}

/** The servers of docker-compose.yml; testcontainers removes them even if this process is killed. */
async function startContainers(place: Place, names: readonly ServerName[]): Promise<Servers> {
  const { DockerComposeEnvironment } = await import('testcontainers');
  const environment = await new DockerComposeEnvironment(place.checkout, 'docker-compose.yml')
    .withProjectName(`fluxo-test-${place.portBase}`)
    .withEnvironment(composeEnvironment(place))
    .up([...names]);
  const servers = {
    ...place.addresses,
    place,
    stop: async () => {
      await environment.down({ removeVolumes: true });
      await rm(place.home, { recursive: true, force: true });
    },
  };
  if (names.includes('registry')) await demandCompatibility(servers.registry);
  return servers;
}
