import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { dashboardFiles, dashboards } from './dashboards.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}infra/observability/grafana/dashboards/`;

test('the committed dashboards are what `npm run generate` makes of the table, and no others', () => {
  const files = dashboardFiles();
  expect(readdirSync(folder).toSorted()).toEqual(Object.keys(files).toSorted());
  for (const [file, text] of Object.entries(files))
    expect(readFileSync(folder + file, 'utf8') === text ? file : `${file} is stale: npm run generate`).toBe(
      file,
    );
});

test('they ask only for metrics that somebody serves or a rule records', () => {
  const known =
    readFileSync(`${root}docs/metrics.md`, 'utf8') +
    readFileSync(`${root}infra/observability/rules/service-levels.rules.yml`, 'utf8').replaceAll(
      /record: (\S+)/g,
      '`$1`',
    );
  const asked = Object.values(dashboards)
    .flatMap(({ panels }) => panels.filter(({ kind }) => kind !== 'table'))
    .flatMap(({ queries }) => Object.values(queries))
    .flatMap((query) => [...query.matchAll(/\b(?:fluxo[:_]|kafka_)[\w:]+/g)].map(([name]) => name));
  expect(asked.length).toBeGreaterThan(40);
  expect(asked.filter((name) => !isKnown(known, name))).toEqual([]);
});

/** A histogram is served as three series. */
function isKnown(known: string, name: string): boolean {
  return [name, name.replace(/_(?:bucket|sum|count)$/, '')].some((each) => known.includes(`\`${each}\``));
}
