/**
 * What programs are told in docker-compose.yml and in the manifests of Kubernetes is what they read: no name that nobody reads, as one mistyped would be, and none
 * missing without which the program does not start. `infra/aws/test/programs.test.ts` asks the same of AWS.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeOf } from '@fluxo/stack';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { namesDemandedBy, namesReadBy } from '../testing/environment-names.ts';
import { workloads } from '../testing/kubernetes-manifests.ts';

type Told = { readonly program: string; readonly names: readonly string[] };
type Container = {
  readonly build?: object;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, unknown>>;
};

const { checkout } = placeOf({});
const compose = parse(readFileSync(join(checkout, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Container>>;
};

const inCompose = Object.entries(compose.services)
  .filter(([, { build }]) => build !== undefined)
  .map(([name, { command, environment = {} }]): [string, Told] => [
    name,
    { program: command?.[1] ?? '', names: Object.keys(environment) },
  ]);

const onKubernetes = workloads.map(({ metadata, spec }): [string, Told] => {
  const [container] = spec.template.spec.containers;
  return [
    metadata.name,
    { program: container?.command[1] ?? '', names: container?.env.map(({ name }) => name) ?? [] },
  ];
});

describe.each([
  ['docker-compose.yml', inCompose],
  ['infra/kubernetes', onKubernetes],
])('in %s', (_place, programs) => {
  test.each(programs)(
    '%s is told what it reads, and nothing that it does not',
    (_name, { program, names }) => {
      const read = namesReadBy(program);
      expect(read.size).toBeGreaterThan(0);
      expect(names.filter((name) => !read.has(name))).toEqual([]);
      expect(namesDemandedBy(program).filter((name) => !names.includes(name))).toEqual([]);
    },
  );
});

test('a name that nobody reads is noticed', () => {
  expect(namesReadBy('bff/main.ts').has('FLUXO_OPERATION_API')).toBe(false);
  expect(namesReadBy('bff/main.ts').has('FLUXO_OPERATIONS_API')).toBe(true);
  expect(namesDemandedBy('bff/main.ts')).toContain('FLUXO_REDIS');
});
