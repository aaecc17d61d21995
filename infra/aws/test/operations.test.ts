/**
 * The two programs that see everything: who may call them, whom they may reach, and with what rights. The operations API is for the page's back end alone, and
 * never for the API gateway; the audit is for the operations API alone, and writes nothing anywhere.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { entrancePorts } from '../services/entrance.ts';
import { containers, everything, of, resourcesOf, statementsOf } from './templates.ts';

type Rule = {
  readonly FromPort: number;
  readonly GroupId: unknown;
  readonly SourceSecurityGroupId?: unknown;
  readonly DestinationSecurityGroupId?: unknown;
};

const rulesOf = (type: 'Ingress' | 'Egress') =>
  everything(`AWS::EC2::SecurityGroup${type}`).map(({ Properties }) => Properties as unknown as Rule);

/** The program whose group this is, by the group's own description. */
function ownerOf(group: unknown): string {
  const text = JSON.stringify(group);
  const groups = (['services', 'edge'] as const).flatMap((stack) =>
    Object.entries(resourcesOf(stack, 'AWS::EC2::SecurityGroup')),
  );
  const owner = groups.find(([id]) => text.includes(id));
  return String(owner?.[1].Properties['GroupDescription'] ?? text);
}

/** Who may come in at this port of this group. */
const callersOf = (group: RegExp, port: number): readonly string[] =>
  rulesOf('Ingress')
    .filter(({ FromPort, GroupId }) => FromPort === port && group.test(ownerOf(GroupId)))
    .map(({ SourceSecurityGroupId }) => ownerOf(SourceSecurityGroupId))
    .toSorted();

const namesOf = (program: string) => {
  const { Environment = [], Secrets = [] } = containers().get(program) ?? {};
  return [...Environment, ...Secrets].map(({ Name }) => Name);
};

test('each port of the load balancer is open to those who call there, not to whoever shares a store with them', () => {
  const callers = Object.entries(entrancePorts).map(([name, port]) => [name, callersOf(/Balancer/, port)]);
  assert.deepEqual(Object.fromEntries(callers), {
    bff: [],
    'query-api': ['API gateway', 'auditor', 'bff'],
    'entries-api': ['API gateway', 'bff'],
    'operations-api': ['bff'],
  });
});

describe('what machines of operators ask', () => {
  const [firewall] = everything('AWS::WAFv2::WebACL').map(({ Properties }) => Properties);
  type Rule = {
    readonly Action?: object;
    readonly Statement: {
      readonly RegexMatchStatement?: {
        readonly FieldToMatch: object;
        readonly RegexString: string;
        readonly TextTransformations: readonly { readonly Type: string }[];
      };
    };
  };
  const rules = (firewall?.['Rules'] ?? []) as readonly Rule[];
  const turnedAway = (path: string) =>
    rules.some(({ Action = {}, Statement: { RegexMatchStatement: match } }) => {
      if (match === undefined || !('Block' in Action)) return false;
      assert.deepEqual(match.FieldToMatch, { UriPath: {} });
      const isDecoded = match.TextTransformations.some(({ Type }) => Type === 'URL_DECODE');
      return new RegExp(match.RegexString).test(isDecoded ? decodeURIComponent(path) : path);
    });

  test('is turned away where browsers come in, also where the path is written otherwise', () => {
    for (const path of ['/livez', '/readyz', '/metrics']) {
      assert.ok(turnedAway(path), path);
      assert.ok(turnedAway(path.replace('e', '%65')), `${path}, encoded`);
    }
  });

  test('is all that is turned away', () => {
    for (const path of ['/', '/metrics.js', '/bff/session', '/merchants/livez', '/readyz/2026-11-28'])
      assert.ok(!turnedAway(path), path);
  });

  test('has no route at the API gateway', () => {
    const routes = everything('AWS::ApiGatewayV2::Route').map(({ Properties }) =>
      String(Properties['RouteKey']),
    );
    assert.ok(routes.length > 4);
    for (const route of routes) assert.match(route, /^[A-Z]+ \/v1\//);
  });
});

describe('the operations API', () => {
  test('is reached through the load balancer, and by nobody else', () => {
    assert.deepEqual(
      callersOf(/^operations-api$/, 8_000).map((name) => /Balancer/.test(name)),
      [true],
    );
  });

  test('has no route at the API gateway', () => {
    const integrations = resourcesOf('edge', 'AWS::ApiGatewayV2::Integration');
    const asked = JSON.stringify(Object.values(integrations));
    assert.match(asked, /queryapi/);
    assert.doesNotMatch(asked, /operationsapi|auditor/i);
  });

  test('runs once: each remembers its own last hour', () => {
    of('services').hasResourceProperties('AWS::ECS::Service', {
      ServiceName: 'operations-api',
      DesiredCount: 1,
    });
    const grown = JSON.stringify(resourcesOf('services', 'AWS::ApplicationAutoScaling::ScalableTarget'));
    assert.match(grown, /queryapi/);
    assert.doesNotMatch(grown, /operationsapi/);
  });

  test('comes to Kafka as itself, and to no store', () => {
    const secrets = containers().get('operations-api')?.Secrets ?? [];
    assert.deepEqual(secrets.map(({ Name }) => Name).toSorted(), [
      'FLUXO_KAFKA_PASSWORD',
      'FLUXO_KAFKA_USER',
    ]);
    assert.match(JSON.stringify(secrets), /operationsapi/);
    assert.deepEqual(statementsOf('services', 'operationsapiTaskTaskRole'), []);
    assert.ok(!namesOf('operations-api').some((name) => /POSTGRES|REDIS|DYNAMODB/.test(name)));
  });

  test('is told where the audit is, and the page where it is', () => {
    const told = (program: string, variable: string) =>
      JSON.stringify(
        containers()
          .get(program)
          ?.Environment?.find(({ Name }) => Name === variable)?.Value,
      );
    assert.equal(told('operations-api', 'FLUXO_AUDIT'), '"http://auditor.fluxo.internal:8000"');
    assert.match(
      told('bff', 'FLUXO_OPERATIONS_API'),
      new RegExp(`inside\\.[^"]*:${entrancePorts['operations-api']}"`),
    );
  });
});

describe('the audit', () => {
  test('is asked by the operations API, and by nobody else', () => {
    assert.deepEqual(callersOf(/^auditor$/, 8_000), ['operations-api']);
  });

  test('is found by its name, and never runs twice', () => {
    of('services').hasResourceProperties('AWS::ServiceDiscovery::Service', { Name: 'auditor' });
    const [service, ...others] = Object.values(resourcesOf('services', 'AWS::ECS::Service')).filter(
      ({ Properties }) => Properties['ServiceName'] === 'auditor',
    );
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(service?.Properties, {
      DesiredCount: 1,
      DeploymentConfiguration: { MaximumPercent: 100, MinimumHealthyPercent: 0 },
    });
  });

  test('reads the table, and may change nothing', () => {
    const actions = statementsOf('services', 'auditorTaskTaskRole').flatMap(({ Action }) => Action as string);
    assert.deepEqual(actions.toSorted(), [
      'dynamodb:Query',
      'dynamodb:Scan',
      'kms:Decrypt',
      'kms:DescribeKey',
    ]);
  });

  test('is a client that looks at every merchant’s balances, and at nothing else', () => {
    const clients = Object.values(resourcesOf('identity', 'AWS::Cognito::UserPoolClient')).map(
      ({ Properties }) => Properties,
    );
    const [own, ...others] = clients.filter(
      ({ AllowedOAuthFlows, AllowedOAuthScopes }) =>
        JSON.stringify(AllowedOAuthFlows) === '["client_credentials"]' &&
        (AllowedOAuthScopes as unknown[]).length === 1,
    );
    assert.deepEqual(others, []);
    assert.match(JSON.stringify(own?.['AllowedOAuthScopes']), /balances:read/);
    const [authorizer] = Object.values(resourcesOf('edge', 'AWS::ApiGatewayV2::Authorizer'));
    const taken = JSON.stringify(authorizer?.Properties['JwtConfiguration']);
    assert.match(taken, /PeoplePage|BackOffice/);
    assert.doesNotMatch(taken, /Auditor/i);
    const item = JSON.stringify(resourcesOf('identity', 'Custom::AWS'));
    assert.match(item, /putItem/);
    assert.match(item, /seesAll/);
  });
});
