/** The manifests of `infra/kubernetes`, as tests read them: overlays patch nothing, so each file can be read as it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const folder = fileURLToPath(new URL('../infra/kubernetes/', import.meta.url));

type Variable = { readonly name: string; readonly value?: string };
type Container = {
  readonly image: string;
  readonly command: readonly string[];
  readonly env: readonly Variable[];
  readonly ports?: readonly { readonly containerPort: number }[];
  readonly resources: { readonly requests: object; readonly limits: object };
  readonly securityContext: object;
  readonly livenessProbe?: object;
  readonly readinessProbe?: object;
};
type PodSpec = {
  readonly containers: readonly Container[];
  readonly serviceAccountName: string;
  readonly securityContext: object;
  readonly topologySpreadConstraints?: readonly object[];
};
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly metadata: object; readonly spec: PodSpec };
    readonly scaleTargetRef?: { readonly name: string };
  };
};

/** Paths below `folder`. */
export const kubernetesFiles = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.yaml'),
);
export const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');
export const manifests = kubernetesFiles
  .filter((file) => !file.endsWith('kustomization.yaml'))
  .flatMap((file) =>
    parseAllDocuments(textOf(file)).map((each) => ({ file, manifest: each.toJS() as Manifest })),
  );
const base = manifests.filter(({ file }) => file.startsWith('base/')).map(({ manifest }) => manifest);
/** Of the base. */
export const ofKind = (...kinds: readonly string[]): Manifest[] =>
  base.filter(({ kind }) => kinds.includes(kind));
export const workloads = ofKind('Deployment', 'StatefulSet', 'Job');
