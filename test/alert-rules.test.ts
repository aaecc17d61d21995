/**
 * The rules that Prometheus judges a stack by, without a stack: they are valid and do what they say (promtool), Alertmanager sends them where
 * it should (amtool), every alert has its page and its test, and names no metric that nobody serves. Where the two tools are not
 * installed, what needs them is skipped; `npm run setup` installs them where it may.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { placeOf } from '@fluxo/stack';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { prometheusConfig, targetsOf } from '../stack/servers/prometheus.ts';
import { findProgram } from '../stack/setup/system-tools.ts';

type Rule = {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

const place = placeOf({});
const folder = join(place.checkout, 'infra', 'observability');
const run = promisify(execFile);
const hasTools = findProgram('promtool') !== null && findProgram('amtool') !== null;
const PATIENCE_MS = 300_000;

const filesIn = (name: string): readonly string[] =>
  readdirSync(join(folder, name))
    .filter((file) => file.endsWith('.yml'))
    .map((file) => join(folder, name, file));

const rules: readonly Rule[] = filesIn('rules').flatMap((file) => {
  const { groups } = parse(readFileSync(file, 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  };
  return groups.flatMap((group) => group.rules);
});
const alerts = rules.flatMap(({ alert }) => alert ?? []);

(hasTools ? describe : describe.skip)('by the tools of Prometheus', () => {
  test(
    'the rules are valid and do what their tests say',
    async () => {
      await run('promtool', ['check', 'rules', ...filesIn('rules')]);
      const { stdout } = await run('promtool', ['test', 'rules', ...filesIn('tests')]);
      expect(stdout.match(/SUCCESS/g)).toHaveLength(filesIn('tests').length);
    },
    PATIENCE_MS,
  );

  test('what a stack starts Prometheus with is a configuration, and asks every program', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'fluxo-prometheus-')), 'prometheus.yml');
    try {
      writeFileSync(file, JSON.stringify(prometheusConfig(place)));
      await run('promtool', ['check', 'config', file]);
    } finally {
      rmSync(join(file, '..'), { recursive: true });
    }
    expect(
      targetsOf(place, ['kafka', 'provision', 'streams-2', 'sink-redis-1', 'query-api', 'prometheus']),
    ).toEqual([
      { targets: ['127.0.0.1:21022'], labels: { job: 'streams', instance: 'streams-2' } },
      { targets: ['127.0.0.1:21031'], labels: { job: 'sink-redis', instance: 'sink-redis-1' } },
      { targets: ['127.0.0.1:21010'], labels: { job: 'query-api', instance: 'query-api' } },
    ]);
  });

  test('pages, tickets and the watchdog are told where they should be', async () => {
    const configuration = join(folder, 'alertmanager.yml');
    await run('amtool', ['check-config', configuration]);
    const receiverOf = async (...labels: readonly string[]): Promise<string> => {
      const args = ['config', 'routes', 'test', `--config.file=${configuration}`, ...labels];
      return (await run('amtool', args)).stdout.trim();
    };
    expect(await receiverOf('alertname=BalancesWrong', 'severity=page')).toBe('page');
    expect(await receiverOf('alertname=ProcessDown', 'severity=ticket')).toBe('ticket');
    expect(await receiverOf('alertname=Watchdog', 'severity=none')).toBe('watchdog');
  });
});

test('every alert has a page of its name, which it links to, and every page an alert', () => {
  const pages = readdirSync(join(place.checkout, 'docs', 'runbooks')).map((file) => file.replace('.md', ''));
  expect(alerts.toSorted()).toEqual(pages.toSorted());
  for (const { alert, annotations } of rules)
    if (alert !== undefined) expect(annotations?.['runbook_url']).toBe(`docs/runbooks/${alert}.md`);
  for (const page of pages) {
    const text = readFileSync(join(place.checkout, 'docs', 'runbooks', `${page}.md`), 'utf8');
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual(['How bad', 'Look', 'Do']);
  }
});

test('every alert is raised by a test', () => {
  const tests = filesIn('tests')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const names = [...tests.matchAll(/^ {2}- name: (\w+)/gm)].map(([, name = '']) => name);
  const raised = alerts.filter((alert) => names.includes(alert));
  expect(raised).toEqual(alerts);
});

test('rules ask only for metrics that somebody serves, or that other rules record', () => {
  const served = readFileSync(join(place.checkout, 'docs', 'metrics.md'), 'utf8');
  const recorded = rules.flatMap(({ record }) => record ?? []);
  const asked = rules.flatMap(({ expr }) =>
    [...expr.matchAll(/\b(?:fluxo[:_]|kafka_)[\w:]+/g)].map(([name]) => name),
  );
  const unknown = asked.filter((name) => !recorded.includes(name) && !served.includes(`\`${name}\``));
  expect(asked.length).toBeGreaterThan(30);
  expect(unknown).toEqual([]);
});
