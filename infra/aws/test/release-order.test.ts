/** In one deployment of the programs CloudFormation reaches who reads before who writes (decision 0042). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourcesOf } from './templates.ts';

type Dependent = { readonly DependsOn?: readonly string[]; readonly Properties: Record<string, unknown> };

const services = Object.entries(
  resourcesOf('services', 'AWS::ECS::Service') as unknown as Readonly<Record<string, Dependent>>,
);
const named = (pattern: RegExp) =>
  services.filter(([, { Properties }]) => pattern.test(String(Properties['ServiceName'])));

function waitsFor(later: RegExp, earlier: readonly string[]): void {
  assert.ok(earlier.length > 0);
  assert.ok(named(later).length > 0);
  for (const [id, { DependsOn = [] }] of named(later))
    assert.deepEqual([id, earlier.filter((each) => !DependsOn.includes(each))], [id, []]);
}

const idsOf = (pattern: RegExp) => named(pattern).map(([id]) => id);

test('processors and relays wait for sinks, the audit and the function that fills DynamoDB', () => {
  const [viewsFunction] = Object.keys(resourcesOf('services', 'AWS::Lambda::Function')).filter((id) =>
    id.startsWith('ViewsFunction'),
  );
  waitsFor(/^(streams|outbox-relay)-/, [...idsOf(/^(sink-|auditor)/), viewsFunction ?? '']);
});

test('the entries API waits for processors and relays', () => {
  waitsFor(/^entries-api$/, idsOf(/^(streams|outbox-relay)-/));
});
