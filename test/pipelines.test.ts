/**
 * What a linter of pipelines would say, in so far as it can be said without one: every foreign action is held by its commit, nobody may do anything
 * that its job does not ask for, nothing hangs, and what a step starts is there. The pipelines run the linters themselves (actionlint, zizmor).
 */
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = join(root, '.github/workflows');

type Step = {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
};
type Job = {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly environment?: string;
  readonly steps: readonly Step[];
};
type Workflow = {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
};

const workflows = readdirSync(folder).map((file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  return { file, text, workflow: parse(text) as Workflow };
});

describe.each(workflows)('$file', ({ text, workflow }) => {
  const jobs = Object.entries(workflow.jobs);

  test('holds every action by its commit, and says which version that was', () => {
    const used = [...text.matchAll(/uses: (.*)$/gm)].map(([, action = '']) => action);
    expect(used.filter((action) => !/^[\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual(
      [],
    );
  });

  test('lets each job do what it says and nothing else', () => {
    expect(workflow.permissions).toEqual({});
    expect(workflow.on).not.toHaveProperty('pull_request_target');
    for (const [name, { permissions = {}, environment }] of jobs) {
      // A token for AWS is for jobs that somebody approves.
      const allowed =
        environment === undefined ? { contents: 'read' } : { contents: 'read', 'id-token': 'write' };
      expect([name, { ...allowed, ...permissions }]).toEqual([name, allowed]);
    }
  });

  test('leaves no credentials behind, and does not hang', () => {
    for (const [name, job] of jobs) {
      expect([name, job['timeout-minutes']]).toEqual([name, expect.any(Number)]);
      const checkouts = job.steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
      for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
    }
  });

  test('puts nothing from outside into a shell', () => {
    const commands = jobs.flatMap(([, { steps }]) => steps.map(({ run = '' }) => run));
    expect(commands.filter((command) => command.includes('${{'))).toEqual([]);
  });

  test('starts programs that are there', () => {
    const commands = jobs.flatMap(([, { steps }]) => steps.map(({ run = '' }) => run));
    const named = commands.flatMap((command) => command.match(/^(?:\.ci\/run|infra\/\S+\.sh)/gm) ?? []);
    for (const path of named) expect(() => accessSync(join(root, path), constants.X_OK)).not.toThrow();
  });
});

describe('a release of AWS', () => {
  const script = readFileSync(join(root, 'infra/aws/deploy.sh'), 'utf8');
  const listOf = (name: string) =>
    new RegExp(`^${name}=\\((.*)\\)$`, 'm').exec(script)?.[1]?.split(' ') ?? [];

  test('takes steps that its script knows, and a rollback takes the programs’ only', () => {
    const known = [...script.matchAll(/^ {2}(\w+)\)/gm)].map(([, step]) => step);
    const taken = (name: string) =>
      workflows
        .filter(({ file }) => file === name)
        .flatMap(({ text }) => [...text.matchAll(/infra\/aws\/deploy\.sh (\w+)/g)].map(([, step]) => step));
    expect(taken('release.yml')).toEqual(known);
    expect(taken('rollback.yml')).toEqual(['programs']);
  });

  test('deploys every stack in one of two steps, and with neither what it stands on', () => {
    const app = readFileSync(join(root, 'infra/aws/app.ts'), 'utf8');
    const stacks = [...app.matchAll(/'(fluxo-[\w-]+)'/g)].map(([, name]) => name);
    expect(stacks.length).toBeGreaterThan(5);
    expect(new Set([...listOf('ground'), ...listOf('programs')])).toEqual(new Set(stacks));
    expect(script.match(/cdk deploy/g)).toHaveLength(1);
    expect(script).toContain('cdk deploy --exclusively');
  });
});

describe('the image', () => {
  const dockerfile = readFileSync(join(root, 'infra/Dockerfile'), 'utf8');
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    workspaces: string[];
  };

  test('installs every package of ours, or npm would call its lock stale', () => {
    const copied = dockerfile.matchAll(/^COPY (\S+)\/package\.json \1\/$/gm).map(([, name]) => name);
    expect(new Set(copied)).toEqual(new Set(workspaces));
  });

  test('runs as nobody who could change it', () => {
    expect(dockerfile.match(/^USER (.*)$/gm)?.at(-1)).toBe('USER 1000');
    expect(dockerfile).not.toMatch(/^COPY .*--chown/m);
  });

  test('stands on a Node of the version that everything else has', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(bases).toEqual(['node:24-slim', 'node:24-slim']);
  });
});
