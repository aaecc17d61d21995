/** What programs and functions are told is what they read: no name that nobody reads, and none missing without which a program does not start. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesDemandedBy, namesReadBy } from '../../../testing/environment-names.ts';
import { containers, everything } from './templates.ts';

for (const [name, { Command = [], Environment = [], Secrets = [] }] of containers()) {
  const [, program] = Command;
  if (program === undefined) continue;
  test(`${name} is told what it reads, and nothing that it does not`, () => {
    const told = [...Environment, ...Secrets]
      .map(({ Name }) => Name)
      .filter((each) => each.startsWith('FLUXO_'));
    const read = namesReadBy(program);
    assert.deepEqual(
      told.filter((each) => !read.has(each)),
      [],
    );
    assert.deepEqual(
      namesDemandedBy(program).filter((each) => !told.includes(each)),
      [],
    );
  });
}

test('functions are told what they read', () => {
  const programs = [
    'sinks/dynamodb/lambda.ts',
    'query-api/exports/lambda.ts',
    'infra/aws/functions/token-claims.ts',
  ];
  const read = new Set(programs.flatMap((program) => [...namesReadBy(program)]));
  const told = everything('AWS::Lambda::Function').flatMap(({ Properties: { Environment } }) =>
    Object.keys((Environment as { Variables: object } | undefined)?.Variables ?? {}),
  );
  const ours = told.filter((name) => name.startsWith('FLUXO_'));
  assert.deepEqual(
    ours.filter((name) => !read.has(name)),
    [],
  );
  assert.ok(ours.length >= 6);
});
