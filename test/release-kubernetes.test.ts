/**
 * A release on Kubernetes reaches who reads before who writes: the script is run with tools that write down what they are asked, and held against the
 * manifests. No cluster; that a new pod is well before the next stage begins is what `rollout status` says of it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { folder as manifestsFolder, workloads } from '../testing/kubernetes-manifests.ts';

const IMAGE = `registry.example.com/fluxo@sha256:${'a'.repeat(64)}`;
const folder = mkdtempSync(join(tmpdir(), 'fluxo-release-'));
const said = join(folder, 'said');
const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
afterAll(() => rmSync(folder, { recursive: true }));

/** In the place of a tool: writes down what it is asked; the rest of its script is `does`. */
function standIn(tool: string, does = ''): void {
  writeFileSync(join(folder, tool), `#!/bin/sh\nprintf '%s\\n' "${tool} $*" >> '${said}'\n${does}\n`);
  chmodSync(join(folder, tool), 0o755);
}

beforeEach(() => {
  writeFileSync(said, '');
  standIn('kustomize');
  standIn('kubectl', `case "$*" in *jsonpath*) echo '${IMAGE}';; esac`);
});

const script = join(manifestsFolder, 'release.sh');
const run = (...args: readonly string[]) =>
  spawnSync('bash', [script, ...args], { cwd: folder, env, encoding: 'utf8' });
const lines = () => readFileSync(said, 'utf8').trimEnd().split('\n');

/** Of each stage: the image that is set, and what is waited for before the next. */
function stagesOf(...args: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  execFileSync('bash', [script, ...args], { cwd: folder, env, stdio: 'pipe' });
  const stages: [string, string[]][] = [];
  for (const line of lines()) {
    const image = /^kustomize edit set image ([\w-]+)=(\S+)$/.exec(line);
    if (image !== null) {
      expect(image[2]).toBe(IMAGE);
      stages.push([image[1] ?? '', []]);
    }
    stages.at(-1)?.[1].push(...(line.match(/(?:statefulset|deployment|job)\/[\w-]+/g) ?? []));
  }
  return stages;
}

/** What runs under this image name, as `kubectl` names it. */
const under = (image: string) =>
  workloads
    .filter(({ spec }) => spec.template.spec.containers[0]?.image === image)
    .map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`)
    .toSorted();

const canaries = ['bff', 'entries-api', 'query-api'].map((name) => `deployment/${name}-canary`);

describe('a release', () => {
  test('goes on with who reads, then who computes, then the canaries, and waits for each', () => {
    expect(stagesOf('begin', IMAGE).map(([image, names]) => [image, names.toSorted()])).toEqual([
      ['fluxo-tasks', under('fluxo-tasks')],
      ['fluxo-readers', under('fluxo-readers')],
      ['fluxo-processors', under('fluxo-processors')],
      ['fluxo-canary', canaries],
    ]);
    expect(lines().filter((line) => line === 'kubectl apply -k .')).toHaveLength(4);
  });

  test('ends with who takes entries', () => {
    const [last, ...more] = stagesOf('finish', IMAGE).map(([image, names]) => [image, names.toSorted()]);
    expect([last, more]).toEqual([['fluxo', under('fluxo')], []]);
  });

  test('is taken back the other way round', () => {
    expect(stagesOf('back', IMAGE).map(([image]) => image)).toEqual([
      'fluxo-canary',
      'fluxo',
      'fluxo-processors',
      'fluxo-readers',
    ]);
  });

  test('has a place for every program: sinks and audit read, the relay reads the outbox before the APIs fill it', () => {
    expect(under('fluxo-readers')).toEqual([
      'deployment/auditor',
      'statefulset/sink-dynamodb',
      'statefulset/sink-postgres',
      'statefulset/sink-redis',
    ]);
    expect(under('fluxo-processors')).toEqual(['statefulset/outbox-relay', 'statefulset/streams']);
    const images = new Set(workloads.map(({ spec }) => spec.template.spec.containers[0]?.image));
    expect(images).toEqual(new Set(['fluxo', 'fluxo-readers', 'fluxo-processors', 'fluxo-tasks']));
  });

  test('stops where a stage is not well', () => {
    standIn('kubectl', `case "$*" in *rollout*statefulset/sink-postgres*) exit 1;; esac`);
    expect(run('begin', IMAGE).status).not.toBe(0);
    expect(lines().filter((line) => line.includes('fluxo-processors'))).toEqual([]);
  });

  test('is not ended before it has begun', () => {
    standIn('kubectl', `case "$*" in *jsonpath*) echo 'registry.example.com/fluxo@sha256:other';; esac`);
    const { status, stderr } = run('finish', IMAGE);
    expect([status, stderr]).toEqual([3, expect.stringContaining('begin')]);
    expect(lines().filter((line) => line.startsWith('kustomize') || line.includes('apply'))).toEqual([]);
  });

  test.each([[[]], [['begin']], [['begin', 'fluxo:latest']], [['begin', IMAGE, 'now']], [['dance', IMAGE]]])(
    '%j is wrong usage, and nothing is done',
    (args) => {
      const { status, stderr } = run(...args);
      expect([status, stderr]).toEqual([2, expect.stringContaining('release.sh begin')]);
      expect(lines()).toEqual(['']);
    },
  );
});
