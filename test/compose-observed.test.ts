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
    const looked = jobs.filter(({ dns_sd_configs }) => dns_sd_configs !== undefined);
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
