import { describe, expect, test } from '@jest/globals';
import { PORT_OFFSET_MAX, portBaseOf, portOffsets, stackAddresses } from './addresses.ts';
import {
  defaultSize,
  INSTANCES_MAX,
  inStartOrder,
  inStopOrder,
  serviceNamed,
  servicesOf,
  streamsCount,
} from './services.ts';

describe('addresses', () => {
  test('the default stack lies below the ephemeral ports', () => {
    expect(stackAddresses({})).toEqual({
      kafka: '127.0.0.1:21000',
      registry: 'http://127.0.0.1:21002/apis/ccompat/v7',
      redis: 'redis://127.0.0.1:21003',
      postgres: 'postgres://fluxo_auditor:fluxo-local@127.0.0.1:21006/fluxo',
      dynamodb: 'http://127.0.0.1:21009/fluxo-views',
      queryApi: 'http://127.0.0.1:21010',
      entriesApi: 'http://127.0.0.1:21011',
      operationsApi: 'http://127.0.0.1:21060',
      audit: 'http://127.0.0.1:21061',
      identity: 'http://127.0.0.1:21007',
      bff: 'http://127.0.0.1:21008',
    });
  });

  test('the port base moves everything; an explicit address wins', () => {
    const env = { FLUXO_PORT_BASE: '24000', FLUXO_KAFKA: 'broker-1:9092,broker-2:9092' };
    expect(stackAddresses(env)).toEqual({
      kafka: 'broker-1:9092,broker-2:9092',
      registry: 'http://127.0.0.1:24002/apis/ccompat/v7',
      redis: 'redis://127.0.0.1:24003',
      postgres: 'postgres://fluxo_auditor:fluxo-local@127.0.0.1:24006/fluxo',
      dynamodb: 'http://127.0.0.1:24009/fluxo-views',
      queryApi: 'http://127.0.0.1:24010',
      entriesApi: 'http://127.0.0.1:24011',
      operationsApi: 'http://127.0.0.1:24060',
      audit: 'http://127.0.0.1:24061',
      identity: 'http://127.0.0.1:24007',
      bff: 'http://127.0.0.1:24008',
    });
  });

  test.each(['', 'x', '80', '21000.5', '65535'])('FLUXO_PORT_BASE=%j is refused', (text) => {
    expect(() => portBaseOf({ FLUXO_PORT_BASE: text })).toThrow(/FLUXO_PORT_BASE is .*whole number/);
  });
});

describe('services', () => {
  const largest = servicesOf({
    streams: INSTANCES_MAX,
    sinks: INSTANCES_MAX,
    relays: INSTANCES_MAX,
    hasSimulator: true,
    hasDynamodb: true,
    hasWatchers: true,
    hasSignIn: true,
  });

  test('the default stack, in an order in which it can be started', () => {
    const names = servicesOf(defaultSize).map(({ name }) => name);
    expect(names).toEqual([
      'kafka',
      'registry',
      'redis',
      'postgres',
      'provision',
      'migrate',
      'streams-1',
      'sink-redis-1',
      'sink-postgres-1',
      'identity',
      'query-api',
      'entries-api',
      'operations-api',
      'bff',
      'outbox-relay-1',
      'simulator',
    ]);
    for (const [index, { dependsOn }] of servicesOf(defaultSize).entries()) {
      for (const needed of dependsOn) expect(names.slice(0, index)).toContain(needed);
    }
  });

  test('with DynamoDB there are its server, its table and its sink besides', () => {
    const names = servicesOf({ ...defaultSize, hasDynamodb: true }).map(({ name }) => name);
    const usual = new Set(servicesOf(defaultSize).map(({ name }) => name));
    expect(names.filter((name) => !usual.has(name))).toEqual([
      'dynamodb',
      'provision-dynamodb',
      'sink-dynamodb-1',
    ]);
  });

  test('one that is watched has Prometheus and Alertmanager besides, which wait for nobody', () => {
    const usual = new Set(servicesOf(defaultSize).map(({ name }) => name));
    const watched = servicesOf({ ...defaultSize, hasWatchers: true });
    expect(
      watched.filter(({ name }) => !usual.has(name)).map(({ name, dependsOn }) => [name, dependsOn]),
    ).toEqual([
      ['alertmanager', []],
      ['prometheus', []],
    ]);
  });

  test('no two services of the largest stack share a port, and none is out of range', () => {
    const offsets = largest.flatMap((service) => (service.kind === 'task' ? [] : [service.portOffset]));
    const all = [...offsets, portOffsets.kafkaController];
    expect(new Set(all).size).toBe(all.length);
    expect(Math.max(...all)).toBeLessThanOrEqual(PORT_OFFSET_MAX);
  });

  test('a processor is named by its number and listens on its own port', () => {
    expect(serviceNamed('streams-3')).toMatchObject({ program: 'streams/main.ts', portOffset: 23 });
    const { environment } = serviceNamed('streams-3') as { environment: (at: object) => object };
    expect(environment(stackAddresses({}))).toMatchObject({
      FLUXO_INSTANCE: 'streams-3',
      FLUXO_KAFKA: '127.0.0.1:21000',
    });
  });

  test('an unknown name is refused, naming those there are', () => {
    expect(() => serviceNamed('stream-1')).toThrow(/no service "stream-1".*streams-1/);
    expect(() => streamsCount('0')).toThrow(/1 to 9/);
  });

  test('whatever the order they are named in, services come after what they need', () => {
    const named = ['sink-redis-1', 'provision', 'redis', 'kafka', 'registry'].map(serviceNamed);
    const names = inStartOrder(named).map(({ name }) => name);
    for (const service of named) {
      for (const needed of service.dependsOn)
        expect(names.indexOf(needed)).toBeLessThan(names.indexOf(service.name));
    }
  });

  test('servers are stopped last', () => {
    const kinds = inStopOrder(largest).map(({ kind }) => kind);
    expect(kinds.indexOf('server')).toBe(kinds.length - 5);
  });
});
