/**
 * The canary on Kubernetes gets the share of the callers that its pipeline asks for, on every route, and nothing else changes: the script's own patches, as it hands
 * them to kubectl, are put on the manifests. No cluster; what Istio makes of a weight is not tested here.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeOf } from '@fluxo/stack';
import { afterAll, expect, test } from '@jest/globals';
import { manifests } from '../testing/kubernetes-manifests.ts';

type Weighed = { readonly destination: { readonly subset: string }; weight: number };
type Service = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly http: readonly { readonly route: readonly Weighed[] }[] };
};
type Change = { readonly op: string; readonly path: string; readonly value: number };

const script = join(placeOf({}).checkout, 'infra/kubernetes/weigh-canary.sh');
const folder = mkdtempSync(join(tmpdir(), 'fluxo-canary-'));
const said = join(folder, 'said');
// In the place of the cluster's tool: writes down what it is asked.
writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\nprintf '%s\\n' "$*" >> '${said}'\n`);
chmodSync(join(folder, 'kubectl'), 0o755);
const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
afterAll(() => rmSync(folder, { recursive: true }));

/** What the script asks of kubectl: the service, and the changes in it. */
function asked(percent: string): readonly { readonly name: string; readonly changes: readonly Change[] }[] {
  writeFileSync(said, '');
  execFileSync('bash', [script, percent], { env });
  return readFileSync(said, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, name = '', patch = ''] =
        /^--namespace fluxo patch virtualservice (\S+) --type json --patch (.*)$/.exec(line) ?? [];
      return { name, changes: JSON.parse(patch) as Change[] };
    });
}

const services = (): Service[] =>
  structuredClone(
    manifests
      .filter(({ manifest }) => manifest.kind === 'VirtualService')
      .map(({ manifest }) => manifest as unknown as Service),
  );

/** Replaces what is there; a path that leads nowhere is an error, as it is for kubectl. */
function replace(service: Service, { op, path, value }: Change): void {
  const [, , http, route = '', way, index = '', field] = path.split('/');
  expect([op, http, way, field]).toEqual(['replace', 'http', 'route', 'weight']);
  const weighed = service.spec.http[Number(route)]?.route[Number(index)];
  if (weighed === undefined) throw new Error(`${service.metadata.name} has no ${path}`);
  weighed.weight = value;
}

test.each([
  ['0', 100],
  ['10', 90],
  ['100', 0],
])('%s per cent go to the canary, on every route of every service', (percent, rest) => {
  const all = services();
  for (const { name, changes } of asked(percent)) {
    const service = all.find(({ metadata }) => metadata.name === name);
    if (service === undefined) throw new Error(`there is no VirtualService ${name}`);
    for (const change of changes) replace(service, change);
  }
  const weights = all.flatMap(({ spec }) =>
    spec.http.map(({ route }) => route.map(({ destination: { subset }, weight }) => [subset, weight])),
  );
  expect(weights).toHaveLength(5);
  for (const each of weights)
    expect(each).toEqual([
      ['stable', rest],
      ['canary', Number(percent)],
    ]);
});

test.each(['101', 'half', '-1', '', '1; true'])('%j is no share', (percent) => {
  writeFileSync(said, '');
  const { status, stderr } = spawnSync('bash', [script, percent], { env, encoding: 'utf8' });
  expect([status !== 0, stderr]).toEqual([true, expect.stringMatching(/per cent/)]);
  expect(readFileSync(said, 'utf8')).toBe('');
});
