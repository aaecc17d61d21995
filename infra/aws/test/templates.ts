/** The templates of an example installation, as tests read them: by stack, by type of resource, by program. Written once a file of tests. */
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { fluxoApp } from '../app.ts';
import { settingsFrom } from '../settings.ts';

const names = [
  'foundation',
  'data',
  'identity',
  'platform',
  'services',
  'edge-global',
  'edge',
  'observability',
] as const;

export type StackName = (typeof names)[number];

export type Resource = {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
};

const app = fluxoApp(settingsFrom({}));
const templates = new Map(
  names.map((name) => [name, Template.fromStack(app.node.findChild(`fluxo-${name}`) as Stack)]),
);

export const of = (name: StackName): Template => templates.get(name) as Template;

/** All resources of a type in this stack, by their logical ids. */
export const resourcesOf = (name: StackName, type: string): Readonly<Record<string, Resource>> =>
  of(name).findResources(type) as unknown as Record<string, Resource>;

/** All resources of a type, in any stack. */
export const everything = (type: string): readonly Resource[] =>
  names.flatMap((name) => Object.values(resourcesOf(name, type)));

/** Statements of the policies of this role's owner, by a part of their logical ids. */
export function statementsOf(stack: StackName, owner: string): readonly Record<string, unknown>[] {
  return Object.entries(of(stack).findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.includes(owner))
    .flatMap(([, { Properties }]) => Properties['PolicyDocument']['Statement'] as Record<string, unknown>[]);
}

export type Container = {
  readonly Command?: readonly string[];
  readonly Environment?: readonly { readonly Name: string; readonly Value?: unknown }[];
  readonly Secrets?: readonly { readonly Name: string; readonly ValueFrom: unknown }[];
  readonly ReadonlyRootFilesystem?: boolean;
  readonly User?: string;
};

/** What runs in each task, by its name without `fluxo-`. */
export const containers = (): ReadonlyMap<string, Container> =>
  new Map(
    everything('AWS::ECS::TaskDefinition').map(({ Properties }) => [
      String(Properties['Family']).replace('fluxo-', ''),
      (Properties['ContainerDefinitions'] as Container[])[0] as Container,
    ]),
  );
