/**
 * That AWS is not forgotten when a program or a variable comes: CDK is not installed for `npm test` (decision 0033), so this looks for names in the text of
 * `infra/aws`. What the templates make of them is compared by `npm run cloud:test`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { principals } from '@fluxo/schemas';
import { auditor, defaultSize, placeOf, roleOf, servicesOf } from '@fluxo/stack';
import { expect, test } from '@jest/globals';

const folder = join(placeOf({}).checkout, 'infra', 'aws');
const text = ['data', 'functions', 'platform', 'services']
  .flatMap((part) => readdirSync(join(folder, part)).map((file) => join(folder, part, file)))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

/** A function (the sink of DynamoDB), others' software, a task that the data stack does, or nothing for people who pay. */
const elsewhere = new Set(['sink-dynamodb', 'provision-dynamodb', 'identity', 'simulator']);
const somewhere = new Proxy({}, { get: () => 'postgres://somebody@somewhere/fluxo' });

const programs = [...servicesOf({ ...defaultSize, hasDynamodb: true }), auditor].flatMap((service) => {
  if (service.kind !== 'worker' && service.kind !== 'task') return [];
  const name = service.kind === 'worker' ? roleOf(service) : service.name;
  return elsewhere.has(name) ? [] : [{ name, service }];
});

test.each(programs)('$name is deployed to AWS, and told what it is told here', ({ name, service }) => {
  expect([name, text.includes(`'${name}'`)]).toEqual([name, true]);
  expect([name, text.includes(`'${service.program}'`)]).toEqual([name, true]);
  const wanted = Object.keys(service.environment(somewhere as never));
  expect(wanted.filter((variable) => !text.includes(variable))).toEqual([]);
});

test('whoever comes to Kafka there comes as somebody who is known', () => {
  const users = [...text.matchAll(/(?:toKafka|kafkaAccess|secretOf)\('([\w-]+)'/g)].map(
    ([, user = '']) => user,
  );
  expect(users.length).toBeGreaterThan(5);
  expect(users.filter((user) => user !== 'provision' && !Object.hasOwn(principals, user))).toEqual([]);
});
