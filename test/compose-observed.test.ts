/**
 * What watches the containers (`--profile observe`): Prometheus asks every program of docker-compose.yml, by the names under which the alerts know them, and those
 * that only run with a profile where they run; Grafana finds all that its provisioning asks the environment for. No Docker needed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditor, defaultSize, placeOf, roleOf, servicesOf, type WorkerService } from '@fluxo/stack';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { findProgram } from '../stack/setup/system-tools.ts';

type Job = {
  readonly job_name: string;
  readonly static_configs?: readonly {
    readonly targets: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
  }[];
  readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
};
type Prometheus = { readonly rule_files: readonly string[]; readonly scrape_configs: readonly Job[] };
type Container = {
  readonly image?: string;
  readonly build?: { readonly dockerfile: string };
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } };
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

const { checkout } = placeOf({});
const file = join(checkout, 'infra/observability/prometheus.compose.yml');
const { scrape_configs: jobs } = parse(readFileSync(file, 'utf8')) as Prometheus;
const compose = parse(readFileSync(join(checkout, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Container>>;
};

const workersOf = (size: Parameters<typeof servicesOf>[0]): readonly WorkerService[] =>
  servicesOf(size).filter((service) => service.kind === 'worker');

describe('Prometheus', () => {
  test('asks every program of ours, under the names that it has on one machine', () => {
    const [stack] = jobs;
    // In compose Keycloak takes the place of the local sign-in provider: software of others.
    const ours = workersOf(defaultSize).filter(({ name }) => name !== 'identity');
    expect(stack?.static_configs).toEqual(
      ours.map((service) => ({
        targets: [`${service.name}:8000`],
        labels: { job: roleOf(service), instance: service.name },
      })),
    );
  });

  test('asks those of a profile where they are, and misses nobody where they are not', () => {
    const usual = new Set(workersOf(defaultSize).map(({ name }) => name));
    const chosen = [...workersOf({ ...defaultSize, hasDynamodb: true }), auditor].filter(
      ({ name }) => !usual.has(name),
    );
    const looked = jobs.filter(
      ({ job_name, dns_sd_configs }) => dns_sd_configs !== undefined && job_name !== 'kafka',
    );
    expect(looked.map(({ job_name, dns_sd_configs }) => [job_name, dns_sd_configs])).toEqual(
      chosen.map((service) => [roleOf(service), [{ names: [service.name], type: 'A', port: 8000 }]]),
    );
  });

  test('is configured in a way that it understands', () => {
    // Where the tool is not installed this says nothing; `npm run setup` installs it where it may.
    if (findProgram('promtool') === null) return;
    expect(() =>
      execFileSync('promtool', ['check', 'config', '--syntax-only', file], { stdio: 'pipe' }),
    ).not.toThrow();
  });
});

describe('brokers that say something of themselves', () => {
  const read = (path: string) => readFileSync(join(checkout, path), 'utf8');
  const laidOver = (path: string) =>
    (parse(read(path), { merge: true }) as { readonly services: Readonly<Record<string, Container>> })
      .services;
  const observed = {
    ...laidOver('infra/observability/brokers.compose.yml'),
    ...laidOver('infra/observability/brokers-full.compose.yml'),
  };

  test('are all that there are, and run the usual Kafka with the agent and the rules of a native one', () => {
    const full = Object.keys(laidOver('docker-compose.full.yml')).filter((name) => name.startsWith('kafka'));
    expect(Object.keys(observed)).toEqual(full);
    const steps = read(observed['kafka']?.build?.dockerfile ?? '');
    expect(steps).toMatch(new RegExp(`^FROM ${compose.services['kafka']?.image}$`, 'm'));
    for (const path of ['stack/maven/jmx-exporter/pom.xml', 'infra/observability/broker-metrics.yml'])
      expect([path, steps.includes(` ${path} `), existsSync(join(checkout, path))]).toEqual([
        path,
        true,
        true,
      ]);
    const [jar, rules] = ['jmx_prometheus_javaagent.jar', 'broker-metrics.yml'].map(
      (name) => `/opt/jmx-exporter/${name}`,
    );
    for (const { image, environment } of Object.values(observed)) {
      expect(image).toBe(observed['kafka']?.image);
      expect(environment).toEqual({ KAFKA_OPTS: `-javaagent:${jar}=9404:${rules}` });
    }
  });

  test('are asked by names that they have nowhere else, so that nobody misses them there', () => {
    const names = Object.values(observed).flatMap(({ networks }) => networks?.default.aliases ?? []);
    expect(names).toEqual(Object.keys(observed).map((name) => `${name}-metrics`));
    const asked = jobs.find(({ job_name }) => job_name === 'kafka');
    expect(asked?.dns_sd_configs).toEqual([{ names, type: 'A', port: 9404 }]);
    for (const name of names) expect(Object.keys(compose.services)).not.toContain(name);
  });
});

test('whatever the watchers are handed from this checkout is there', () => {
  const mounted = ['prometheus', 'alertmanager', 'grafana'].flatMap(
    (name) => compose.services[name]?.volumes ?? [],
  );
  const paths = mounted
    .filter((volume) => volume.startsWith('./'))
    .map((volume) => volume.split(':')[0] ?? '');
  expect(paths).toHaveLength(5);
  for (const path of paths) expect([path, existsSync(join(checkout, path))]).toEqual([path, true]);
});

test('Grafana is told everything that its provisioning asks for', () => {
  const folder = join(checkout, 'infra/observability/grafana/provisioning');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.yml'),
  );
  const asked = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/\$\{(\w+)\}/g)].map(([, variable]) => variable),
  );
  const told = Object.keys(compose.services['grafana']?.environment ?? {}).filter((name) =>
    name.startsWith('FLUXO_'),
  );
  expect(new Set(told)).toEqual(new Set(asked));
});
