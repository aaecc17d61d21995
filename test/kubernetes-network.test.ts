/**
 * Who reaches whom on a cluster, as the network policies say it: each program the programs that it asks and the stores that it is told of, and nobody else. The
 * mesh says the same by identity, and Prometheus finds them all. What a cluster makes of it is not tested here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeOf } from '@fluxo/stack';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { manifests, ofKind, workloads } from '../testing/kubernetes-manifests.ts';

type Relabelling = { readonly source_labels: readonly string[]; readonly target_label?: string };

type Selector = {
  readonly matchLabels?: Record<string, string>;
  readonly matchExpressions?: readonly Expression[];
};
type Expression = { readonly key: string; readonly values: readonly string[] };
type Peer = { readonly podSelector?: Selector };
type PolicySpec = {
  readonly podSelector: Selector;
  readonly ingress?: readonly { readonly from: readonly Peer[] }[];
  readonly egress?: readonly { readonly to?: readonly Peer[] }[];
};

type MeshRule = {
  readonly from: unknown;
  readonly to?: readonly {
    readonly operation: { readonly paths?: readonly string[]; readonly notPaths?: readonly string[] };
  }[];
};

/** Of each program's pods. */
const labels = new Map(
  workloads.map(({ metadata, spec }) => [
    metadata.name,
    (spec.template.metadata as { readonly labels: Readonly<Record<string, string>> }).labels,
  ]),
);
const labelsOf = (name: string): Readonly<Record<string, string>> => labels.get(name) ?? {};

/** Debian's promtool is built without Kubernetes, so nobody but a Prometheus itself checks the rest of the file. */
describe('Prometheus', () => {
  const file = join(placeOf({}).checkout, 'infra/observability/prometheus.kubernetes.yml');
  const { scrape_configs: jobs } = parse(readFileSync(file, 'utf8')) as {
    readonly scrape_configs: readonly { readonly relabel_configs: readonly Relabelling[] }[];
  };

  test('finds every program that goes on by what its pods say', () => {
    const asked = jobs.flatMap(({ relabel_configs }) => relabel_configs);
    expect(asked.find(({ target_label }) => target_label === 'job')?.source_labels).toEqual([
      '__meta_kubernetes_pod_label_app',
    ]);
    for (const { kind, metadata, spec } of workloads) {
      if (kind === 'Job') continue;
      expect(spec.template.metadata).toMatchObject({
        labels: { app: metadata.name },
        annotations: {
          'prometheus.io/scrape': 'true',
          'prometheus.io/port': '8000',
          'prometheus.io/path': '/metrics',
        },
      });
    }
  });
});

describe('network policies', () => {
  const policies = ofKind('NetworkPolicy').map(({ spec }) => spec as unknown as PolicySpec);
  const isMeant = ({ matchLabels = {}, matchExpressions = [] }: Selector, name: string) =>
    Object.entries(matchLabels).every(([key, value]) => labelsOf(name)[key] === value) &&
    matchExpressions.every(({ key, values }) => values.includes(labelsOf(name)[key] ?? ''));
  const isPeer = (peers: readonly Peer[], name: string) =>
    peers.some(({ podSelector }) => podSelector !== undefined && isMeant(podSelector, name));
  /** Both ends must say so. */
  const mayCall = (from: string, to: string) =>
    policies.some(
      ({ podSelector, egress = [] }) =>
        isMeant(podSelector, from) && egress.some(({ to: peers = [] }) => isPeer(peers, to)),
    ) &&
    policies.some(
      ({ podSelector, ingress = [] }) =>
        isMeant(podSelector, to) && ingress.some(({ from: peers }) => isPeer(peers, from)),
    );

  const programs = workloads.map(({ metadata }) => metadata.name);
  const calls = programs.flatMap((from) =>
    programs.filter((to) => mayCall(from, to)).map((to) => `${from} > ${to}`),
  );

  test('let each program call the programs that it asks, and no others', () => {
    expect(calls.toSorted()).toEqual([
      'auditor > query-api',
      'bff > entries-api',
      'bff > operations-api',
      'bff > query-api',
      'operations-api > auditor',
    ]);
  });

  test('let each program reach the stores that it is told of, and no others', () => {
    const stores = {
      FLUXO_KAFKA: 'kafka',
      FLUXO_REGISTRY: 'registry',
      FLUXO_REDIS: 'redis',
      FLUXO_POSTGRES: 'postgres',
    };
    for (const { metadata, spec } of workloads) {
      const told = spec.template.spec.containers[0]?.env.map(({ name }) => name) ?? [];
      const wanted = Object.entries(stores).filter(([variable]) => told.includes(variable));
      const reached = Object.values(stores).filter((store) => `reaches-${store}` in labelsOf(metadata.name));
      expect([metadata.name, reached]).toEqual([metadata.name, wanted.map(([, store]) => store)]);
    }
  });

  test('say the same as the identities of the mesh', () => {
    const rules = manifests.flatMap(({ file, manifest }) => {
      if (file !== 'istio/security.yaml' || manifest.kind !== 'AuthorizationPolicy') return [];
      const callers = JSON.stringify(manifest.spec).matchAll(/ns\/fluxo\/sa\/([\w-]+)/g);
      return [...callers].map(([, from]) => `${from} > ${manifest.metadata.name}`);
    });
    expect(rules.toSorted()).toEqual(calls.toSorted());
  });

  test('let nobody who comes by the entrance of the mesh ask what machines of operators ask', () => {
    const isIn = (paths: readonly string[], path: string) =>
      paths.some((each) => each === path || (each.endsWith('*') && path.startsWith(each.slice(0, -1))));
    const open = manifests.flatMap(({ file, manifest }) => {
      if (file !== 'istio/security.yaml' || manifest.kind !== 'AuthorizationPolicy') return [];
      const { rules = [] } = manifest.spec as unknown as { readonly rules?: readonly MeshRule[] };
      return rules
        .filter(({ from }) => JSON.stringify(from).includes('istio-ingressgateway'))
        .flatMap(({ to = [{ operation: {} }] }) => to)
        .flatMap(({ operation: { paths = ['*'], notPaths = [] } }) =>
          ['/livez', '/readyz', '/metrics'].filter((path) => isIn(paths, path) && !isIn(notPaths, path)),
        )
        .map((path) => `${manifest.metadata.name} ${path}`);
    });
    expect(open).toEqual([]);
  });
});
