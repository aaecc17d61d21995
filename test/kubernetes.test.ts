/**
 * The manifests say the same as the stack's own list of services: the same programs, with all that they are told there; and each is valid by the
 * schemas of Kubernetes, Istio and KEDA, which lie beside them. No cluster needed, and no kustomize: overlays patch nothing, so every file can be
 * read as it is. What a cluster does with them is not tested here.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { principals } from '@fluxo/schemas';
import { auditor, defaultSize, servicesOf } from '@fluxo/stack';
import { describe, expect, test } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import {
  kubernetesFiles as files,
  folder,
  type Manifest,
  manifests,
  ofKind,
  textOf,
  workloads,
} from '../testing/kubernetes-manifests.ts';

type Generator = { readonly name: string; readonly literals: readonly string[] };
type Kustomization = {
  readonly kind: string;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly images?: readonly { readonly name: string }[];
  readonly configMapGenerator?: readonly Generator[];
  readonly secretGenerator?: readonly Generator[];
};

const schemas = readSchemas();

type SchemaFile = {
  readonly kinds?: Readonly<Record<string, string>>;
  readonly definitions?: object;
  readonly schemas?: Readonly<Record<string, object>>;
};

/** By `apiVersion/kind`. */
function readSchemas(): ReadonlyMap<string, ValidateFunction> {
  const read = (file: string) => JSON.parse(textOf(`schemas/${file}`)) as SchemaFile;
  const ajv = new Ajv({ strict: false, logger: false, validateFormats: false });
  const { kinds = {}, definitions } = read('kubernetes-1.37.json');
  const own = Object.entries(kinds).map(
    ([key, name]) => [key, { $ref: `#/definitions/${name}`, definitions }] as const,
  );
  const others = ['istio-1.32.json', 'keda-2.21.json'].flatMap((file) =>
    Object.entries(read(file)['schemas'] ?? {}),
  );
  return new Map([...own, ...others].map(([key, schema]) => [key, ajv.compile(schema)]));
}

function faultsOf(manifest: Manifest): unknown[] {
  const validate = schemas.get(`${manifest.apiVersion}/${manifest.kind}`);
  if (validate === undefined)
    return [`there is no schema of ${manifest.apiVersion}/${manifest.kind}: add it to schemas/`];
  validate(manifest);
  return validate.errors ?? [];
}

describe('every manifest', () => {
  test.each(
    manifests.map(
      ({ file, manifest }) => [`${file}: ${manifest.kind} ${manifest.metadata.name}`, manifest] as const,
    ),
  )('%s is valid', (_name, manifest) => {
    expect(faultsOf(manifest)).toEqual([]);
  });

  test.each([
    [
      'a number that is none',
      'StatefulSet',
      (text: string) => text.replace(/"replicas":\d/, '"replicas":"three"'),
    ],
    [
      'a field that nobody knows',
      'Deployment',
      (text: string) => text.replace('"readOnlyRootFilesystem"', '"readonly"'),
    ],
    [
      'a field that Istio does not know',
      'VirtualService',
      (text: string) => text.replace('"weight"', '"wieght"'),
    ],
    [
      'a mode that Istio does not know',
      'PeerAuthentication',
      (text: string) => text.replace('STRICT', 'STRICTLY'),
    ],
    [
      'a field that KEDA does not know',
      'ScaledObject',
      (text: string) => text.replace('"cooldownPeriod"', '"cooldown"'),
    ],
  ])('%s is noticed', (_fault, kind, spoil) => {
    const found = manifests.find(({ manifest }) => manifest.kind === kind)?.manifest;
    const spoiled = JSON.parse(spoil(JSON.stringify(found))) as Manifest;
    expect(faultsOf(spoiled)).not.toEqual([]);
  });
});

describe('kustomizations', () => {
  const kustomizations = files
    .filter((file) => file.endsWith('kustomization.yaml'))
    .map((file) => [dirname(file), parse(textOf(file)) as Kustomization] as const);

  test.each(kustomizations)(
    '%s names the files beside it, all of them, and folders that are there',
    (place, { resources = [], components = [] }) => {
      const beside = readdirSync(join(folder, place)).filter(
        (file) => file.endsWith('.yaml') && file !== 'kustomization.yaml',
      );
      expect(resources.filter((each) => each.endsWith('.yaml')).toSorted()).toEqual(beside.toSorted());
      for (const each of [...resources, ...components])
        expect([each, existsSync(join(folder, place, each))]).toEqual([each, true]);
    },
  );

  test('patch nothing, so that what stands in a file is what runs', () => {
    for (const [place, kustomization] of kustomizations)
      expect([
        place,
        Object.keys(kustomization).filter((key) => /patch|replacements|transformers/.test(key)),
      ]).toEqual([place, []]);
  });

  test.each(['local', 'production'])('%s names every image, that of the tasks for itself', (overlay) => {
    const { images = [] } = parse(textOf(`${overlay}/kustomization.yaml`)) as Kustomization;
    const asked = new Set(workloads.map(({ spec }) => spec.template.spec.containers[0]?.image));
    expect(images.map(({ name }) => name)).toEqual(expect.arrayContaining([...asked]));
    for (const { metadata, spec } of ofKind('Job'))
      expect([metadata.name, spec.template.spec.containers[0]?.image]).toEqual([
        metadata.name,
        'fluxo-tasks',
      ]);
  });

  test.each(['local', 'production'])(
    '%s brings every address and secret that the base asks for',
    (overlay) => {
      // Without users a Kafka of one's own machine asks nobody who he is.
      const isNeeded = ([, , , optional]: RegExpExecArray) =>
        overlay === 'production' || optional === undefined;
      const asked = [
        ...JSON.stringify(workloads).matchAll(/Ref":\{"name":"([\w-]+)","key":"(\w+)"(,"optional":true)?/g),
      ].filter(isNeeded);
      expect(asked.length).toBeGreaterThan(20);
      const text = textOf(`${overlay}/kustomization.yaml`);
      const made = generatedBy(parse(text) as Kustomization);
      // Secrets of a production are made by whoever keeps them; its file names them.
      const isThere = (name: string, key: string) =>
        made.has(`${name}/${key}`) || text.includes(`\`${name}\``);
      const missing = asked
        .filter(([, name = '', key = '']) => !isThere(name, key))
        .map(([, name, key]) => [name, key]);
      expect(missing).toEqual([]);
    },
  );
});

/** `name/key` of everything that the generators make. */
function generatedBy({ configMapGenerator = [], secretGenerator = [] }: Kustomization): ReadonlySet<string> {
  const generators = [...configMapGenerator, ...secretGenerator];
  return new Set(
    generators.flatMap(({ name, literals }) => literals.map((each) => `${name}/${each.split('=')[0]}`)),
  );
}

describe('programs', () => {
  /** Their place is a person's own machine. */
  const notHere = new Set(['identity', 'simulator']);
  const listed = [...servicesOf({ ...defaultSize, hasDynamodb: true }), auditor].flatMap((service) =>
    (service.kind === 'worker' || service.kind === 'task') && !notHere.has(service.name) ? [service] : [],
  );
  const nameOf = (name: string) => name.replace(/-1$/, '');
  const workloadOf = (name: string) => workloads.find(({ metadata }) => metadata.name === name);
  const somewhere = new Proxy({}, { get: () => 'postgres://somebody@somewhere/fluxo' });

  test('are those of the stack, and no others', () => {
    expect(workloads.map(({ metadata }) => metadata.name).toSorted()).toEqual(
      listed.map(({ name }) => nameOf(name)).toSorted(),
    );
  });

  test('that scale by themselves have no number of pods, to which each apply would throw them back', () => {
    const scaled = ofKind('ScaledObject', 'HorizontalPodAutoscaler').map(
      ({ spec }) => spec.scaleTargetRef?.name,
    );
    const counted = workloads.filter(({ spec }) => spec.replicas !== undefined);
    expect(scaled.length).toBeGreaterThan(6);
    expect(counted.map(({ metadata }) => metadata.name).filter((name) => scaled.includes(name))).toEqual([]);
  });

  test.each(listed)('$name is the same program and is told the same', (service) => {
    const container = workloadOf(nameOf(service.name))?.spec.template.spec.containers[0];
    const args = service === auditor ? auditor.args : [];
    expect(container?.command).toEqual(['node', service.program, ...args]);
    const own =
      /^FLUXO_(HTTP_HOST|HTTP_PORT|PROXIES|DRAIN_MS|CHECKPOINTS|CURSOR_SECRET|OIDC_(CLIENT_ID|CLIENT_SECRET|COGNITO_CLIENTS)|KAFKA_USER|KAFKA_PASSWORD)$/;
    const told = container?.env.map(({ name }) => name).filter((name) => !own.test(name));
    const said = Object.keys(service.environment(somewhere as never));
    expect(told?.toSorted()).toEqual(said.toSorted());
  });

  test('come to Kafka each as itself', () => {
    const readers = workloads.filter(({ spec }) => JSON.stringify(spec).includes('"FLUXO_KAFKA"'));
    expect(readers.length).toBeGreaterThan(5);
    for (const { metadata, spec } of readers) {
      const env = spec.template.spec.containers[0]?.env;
      expect([...Object.keys(principals), 'provision']).toContain(metadata.name);
      for (const [name, key] of [
        ['FLUXO_KAFKA_USER', 'user'],
        ['FLUXO_KAFKA_PASSWORD', 'password'],
      ] as const)
        expect(env).toContainEqual({
          name,
          valueFrom: { secretKeyRef: { name: `kafka-${metadata.name}`, key, optional: true } },
        });
    }
  });

  test('that share partitions have names that stay, because names make them static members', () => {
    const numbered = listed.filter(({ name }) => name.endsWith('-1')).map(({ name }) => nameOf(name));
    expect(
      ofKind('StatefulSet')
        .map(({ metadata }) => metadata.name)
        .toSorted(),
    ).toEqual(numbered.toSorted());
  });

  test.each(workloads.map((workload) => [workload.metadata.name, workload] as const))(
    '%s has limits, an account of its own, and may write nowhere',
    (name, { kind, spec }) => {
      const { containers, serviceAccountName, securityContext, topologySpreadConstraints } =
        spec.template.spec;
      expect(serviceAccountName).toBe(name);
      expect(ofKind('ServiceAccount').map(({ metadata }) => metadata.name)).toContain(name);
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(containers).toHaveLength(1);
      const [container] = containers;
      expect(container?.resources).toMatchObject({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      });
      expect(container?.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      if (kind === 'Job') return;
      const path = name === auditor.name ? '/livez' : '/readyz';
      expect(container).toMatchObject({
        ports: [{ name: 'http', containerPort: 8000 }],
        startupProbe: { httpGet: { path: '/livez', port: 'http' } },
        livenessProbe: { httpGet: { path: '/livez', port: 'http' } },
        readinessProbe: { httpGet: { path, port: 'http' } },
      });
      expect(container?.env).toContainEqual({ name: 'FLUXO_HTTP_PORT', value: '8000' });
      expect(topologySpreadConstraints).toHaveLength(2);
      for (const around of ['PodDisruptionBudget', 'Service'])
        expect(ofKind(around).map(({ metadata }) => metadata.name)).toContain(name);
    },
  );
});
