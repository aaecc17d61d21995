/** The page about who may do what in Kafka shows the table that is granted, row by row. */
import { readFileSync } from 'node:fs';
import { type Grants, principals, type TopicDefinition } from '@fluxo/schemas';
import { expect, test } from '@jest/globals';

const page = readFileSync(new URL('../docs/decisions/0031-kafka-secured.md', import.meta.url), 'utf8');

const namesOf = (topics: readonly TopicDefinition[]) =>
  topics.map(({ name }) => name.replace(/^cash\.|\.v1$/g, '')).join(', ') || '–';

function rowOf(name: string, { reads, writes, joins, joinsAny, transactions, inspects }: Grants): string {
  const own = joinsAny === null ? [] : [`\`${joinsAny}…\``];
  const groups = [...joins.map((group) => group.replace(/^fluxo-/, '')), ...own].join(', ') || '–';
  const ids = transactions === null ? '–' : `\`${transactions}…\``;
  return `| \`${name}\` | ${namesOf(reads)} | ${namesOf(writes)} | ${groups} | ${ids} | ${inspects ? 'yes' : '–'} |`;
}

test('the rows of decision 0031 are those of schemas/principals.ts', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(Object.entries(principals).map(([name, grants]) => rowOf(name, grants)));
});
