/**
 * docs/metrics.md names exactly the metrics there are, with the labels they have, and their names follow Prometheus' conventions. Read from
 * the source, where each stands once as `name: 'fluxo_…'`. What brokers say of themselves is there if somebody looks at it.
 */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { dashboards } from './dashboards.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS =
  'telemetry,http,streams,sinks,query-api,entries-api,operations-api,bff,producers,cli,identity';

const source = globSync(`{${FOLDERS}}/**/*.ts`, { cwd: root })
  .filter((path) => !path.endsWith('.test.ts') && !path.includes('node_modules'))
  .map((path) => readFileSync(root + path, 'utf8'))
  .join('\n');

/** Where a process writes a gauge into its log, it is named a second time. */
const inCode = [...source.matchAll(/(?<!gauges: \{ \w+: )'(fluxo_[a-z]+_[a-z_]+|fluxo_ready)'/g)]
  .map(([, name = '']) => name)
  .filter((name) => !/^fluxo_(?:owner|reader|sink|relay|entries|auditor|outbox)$/.test(name));

type Row = { readonly name: string; readonly type: string; readonly labels: readonly string[] };

const documented: readonly Row[] = [
  ...readFileSync(`${root}docs/metrics.md`, 'utf8').matchAll(/^\| `(fluxo_\w+)` \| (\w+) \| ([^|]*)\|/gm),
].map(([, name = '', type = '', labels = '']) => ({
  name,
  type,
  labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
}));

test('every metric is documented, and every documented metric exists, once each', () => {
  const names = documented.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(40);
  expect(names.toSorted()).toEqual(inCode.toSorted());
});

test('of what brokers say exactly that is documented which a panel or an alert asks for', () => {
  const panels = Object.values(dashboards).flatMap((each) => each.panels);
  const rules = readFileSync(`${root}infra/observability/rules/alerts.rules.yml`, 'utf8');
  const asked = [rules, ...panels.flatMap(({ queries }) => Object.values(queries))]
    .flatMap((query) => query.match(/\bkafka_(?:controller|server|network|log)_\w+/g) ?? [])
    .toSorted();
  const page = readFileSync(`${root}docs/metrics.md`, 'utf8');
  const described = [...page.matchAll(/^\| `(kafka_\w+)` \|/gm)].map(([, name = '']) => name);
  expect(described.toSorted()).toEqual([...new Set(asked)]);
});

test('what only grows is a counter and says so, and durations are in seconds', () => {
  const wrong = documented.filter(
    ({ name, type }) =>
      (type === 'counter') !== name.endsWith('_total') || /_(?:ms|millis|minutes|hours|kb|mb)\b/.test(name),
  );
  expect(wrong).toEqual([]);
});
