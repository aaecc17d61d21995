/**
 * What must hold of the templates whatever else changes in them: no data is lost with a stack, nothing rests or travels in the clear, nobody reaches a
 * store from outside, names come from `schemas/`, and programs are those of the local stack. Needs no account.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  consumerGroups,
  DYNAMO_PARTITION_KEY,
  DYNAMO_SORT_KEY,
  dynamodbGroups,
  EXPORTS_PREFIX,
  topics,
} from '@fluxo/schemas';
import { Match } from 'aws-cdk-lib/assertions';
import { scopes } from '../../../identity/caller.ts';
import { roles } from '../../../postgres/roles.ts';
import { auditor } from '../../../stack/auditor.ts';
import { defaultSize, servicesOf } from '../../../stack/services.ts';
import { databaseRoles } from '../data/database-users.ts';
import { apiScopes } from '../identity/identity.stack.ts';
import { containers, everything, of, resourcesOf, statementsOf } from './templates.ts';

describe('data', () => {
  test('outlives its stack', () => {
    const holders = ['AWS::RDS::DBInstance', 'AWS::DynamoDB::GlobalTable', 'AWS::Cognito::UserPool'].flatMap(
      everything,
    );
    assert.equal(holders.length, 5);
    for (const { DeletionPolicy, Type } of holders)
      assert.notEqual(DeletionPolicy ?? 'Delete', 'Delete', Type);
  });

  test('can be taken back to any second of the last fortnight', () => {
    for (const { Properties } of everything('AWS::RDS::DBInstance'))
      assert.equal(Properties['BackupRetentionPeriod'], 14);
    of('data').hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [
        Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }),
      ],
    });
  });

  test('does not rest in the clear', () => {
    for (const { Properties } of everything('AWS::RDS::DBInstance'))
      assert.equal(Properties['StorageEncrypted'], true);
    of('data').hasResourceProperties('AWS::ElastiCache::ReplicationGroup', { AtRestEncryptionEnabled: true });
    for (const { Properties } of everything('AWS::S3::Bucket')) assert.ok(Properties['BucketEncryption']);
    for (const { Properties } of everything('AWS::Logs::LogGroup')) assert.ok(Properties['KmsKeyId']);
  });

  test('does not travel in the clear', () => {
    of('data').hasResourceProperties('AWS::MSK::Cluster', {
      EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
      ClientAuthentication: { Sasl: { Scram: { Enabled: true } }, Unauthenticated: { Enabled: false } },
    });
    of('data').hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
      TransitEncryptionEnabled: true,
    });
    for (const { Properties } of everything('AWS::ElasticLoadBalancingV2::Listener'))
      assert.equal(Properties['Protocol'], 'HTTPS');
  });

  test('is in no security group that the world reaches', () => {
    for (const { Properties } of everything('AWS::EC2::SecurityGroup')) {
      const rules = (Properties['SecurityGroupIngress'] ?? []) as readonly { readonly CidrIp?: unknown }[];
      for (const { CidrIp } of rules) assert.notEqual(CidrIp, '0.0.0.0/0');
    }
    of('services').hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
  });
});

describe('the reckoning in docs/cloud.md', () => {
  test('counts what is there', () => {
    const text = readFileSync(new URL('../../../docs/cloud.md', import.meta.url), 'utf8');
    const [, secrets, figures, composites] =
      /(\d+) secrets, (\d+) figures that alarms look at, (\d+) alarms of alarms/.exec(text)?.map(Number) ??
      [];
    const lookedAt = everything('AWS::CloudWatch::Alarm').map(({ Properties: { Metrics } }) =>
      Metrics === undefined ? 1 : (Metrics as object[]).filter((each) => 'MetricStat' in each).length,
    );
    assert.deepEqual(
      [secrets, figures, composites],
      [
        everything('AWS::SecretsManager::Secret').length,
        lookedAt.reduce((sum, each) => sum + each, 0),
        everything('AWS::CloudWatch::CompositeAlarm').length,
      ],
    );
  });
});

describe('exports', () => {
  test('are written over by nobody', () => {
    const policies = everything('AWS::S3::BucketPolicy').map(({ Properties }) => Properties);
    const denied = policies.flatMap(
      ({ PolicyDocument }) => (PolicyDocument as { Statement: Record<string, unknown>[] }).Statement,
    );
    const [rule, ...others] = denied.filter(({ Condition }) =>
      JSON.stringify(Condition ?? {}).includes('if-none'),
    );
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(rule, {
      Effect: 'Deny',
      Action: 's3:PutObject',
      Principal: { AWS: '*' },
      Condition: { Null: { 's3:if-none-match': 'true' } },
    });
    assert.match(JSON.stringify(rule?.['Resource']), new RegExp(`/${EXPORTS_PREFIX}\\*`));
  });

  test('are made every five minutes, one run at a time, with the rights of the reader and no others', () => {
    of('services').hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });
    const [{ Properties } = { Properties: {} }, ...others] = everything('AWS::Lambda::Function').filter(
      ({ Properties: { ReservedConcurrentExecutions } }) => ReservedConcurrentExecutions === 1,
    );
    assert.deepEqual(others, []);
    const { Variables } = (Properties as { Environment: { Variables: object } }).Environment;
    assert.deepEqual(Object.keys(Variables), [
      'FLUXO_EXPORTS',
      'FLUXO_POSTGRES_SECRET',
      'FLUXO_POSTGRES_AUTHORITIES',
    ]);
    const actions = statementsOf('services', 'ExportsFunction').flatMap(({ Action }) => Action as string);
    assert.deepEqual(actions.filter((action) => !/^(ec2|logs|xray):/.test(action)).toSorted(), [
      'kms:Decrypt',
      'kms:GenerateDataKey',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
    ]);
  });
});

describe('whoever comes to the table', () => {
  test('may use the key under which it rests', () => {
    for (const owner of ['ViewsFunction', 'queryapiTask']) {
      const statements = statementsOf('services', owner);
      assert.ok(JSON.stringify(statements).includes('dynamodb:GetItem'), owner);
      assert.ok(
        statements.some(({ Action, Resource }) =>
          JSON.stringify([Action, Resource]).match(/kms:Decrypt.*fluxo-foundation/),
        ),
        owner,
      );
    }
  });
});

describe('the sink of DynamoDB', () => {
  test('is handed records by pollers of its own, which need no way out of the brokers’ subnets', () => {
    const mappings = everything('AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties);
    assert.equal(mappings.length, 2);
    for (const { ProvisionedPollerConfig } of mappings)
      assert.partialDeepStrictEqual(ProvisionedPollerConfig, {
        MinimumPollers: 1,
        PollerGroupName: 'sink-dynamodb',
      });
  });

  test('comes to the brokers by their own security group, which lets itself in and out, and nobody out else', () => {
    const [id, ...others] = Object.keys(resourcesOf('data', 'AWS::EC2::SecurityGroup')).filter((each) =>
      each.startsWith('KafkaAccess'),
    );
    assert.deepEqual(others, []);
    const rules = (type: string) =>
      Object.values(resourcesOf('data', type))
        .map(({ Properties }) => Properties)
        .filter(({ GroupId }) => JSON.stringify(GroupId).includes(String(id)));
    const isItself = (group: unknown) => JSON.stringify(group ?? '').includes(String(id));
    const own = rules('AWS::EC2::SecurityGroupIngress').filter((rule) =>
      isItself(rule['SourceSecurityGroupId']),
    );
    assert.deepEqual(
      own.map(({ FromPort, ToPort }) => [FromPort, ToPort]),
      [[0, 65_535]],
    );
    const out = rules('AWS::EC2::SecurityGroupEgress');
    assert.deepEqual(
      out.map((rule) => isItself(rule['DestinationSecurityGroupId'])),
      [true],
    );
  });
});

describe('claims', () => {
  test('are written for people and for programs, by who may read one table and nothing else', () => {
    const { UserPool } = { UserPool: everything('AWS::Cognito::UserPool') };
    assert.partialDeepStrictEqual(UserPool[0]?.Properties, {
      LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion: 'V3_0' } },
    });
    const actions = statementsOf('identity', 'TokenClaimsRole').flatMap(({ Action }) => Action as string);
    assert.deepEqual(actions.filter((action) => !action.startsWith('logs:')).toSorted(), [
      'dynamodb:GetItem',
      'kms:Decrypt',
      'kms:DescribeKey',
    ]);
  });
});

describe('names', () => {
  test('of the table are those of the view', () => {
    of('data').hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: DYNAMO_PARTITION_KEY, KeyType: 'HASH' },
        { AttributeName: DYNAMO_SORT_KEY, KeyType: 'RANGE' },
      ],
    });
  });

  test('of what the function follows are those of its sink', () => {
    const followed = everything('AWS::Lambda::EventSourceMapping').map(({ Properties }) => [
      (Properties['Topics'] as string[])[0],
      (Properties['AmazonManagedKafkaEventSourceConfig'] as { ConsumerGroupId: string }).ConsumerGroupId,
    ]);
    assert.deepEqual(followed, [
      [topics.dailyBalances.name, dynamodbGroups.dynamodbSinkBalances],
      [topics.merchants.name, dynamodbGroups.dynamodbSinkMerchants],
    ]);
  });

  test('of groups that an alarm watches are all there are', () => {
    const alarms = everything('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties['AlarmName']);
    const graphs = JSON.stringify(everything('AWS::CloudWatch::Dashboard'));
    for (const group of Object.values({ ...consumerGroups, ...dynamodbGroups })) {
      assert.ok(alarms.includes(`fluxo-lag-${group}`), group);
      assert.ok(graphs.includes(group), `${group} in the dashboard`);
    }
  });

  test('of scopes and roles are those of the programs', () => {
    assert.deepEqual(Object.keys(apiScopes), Object.keys(scopes));
    assert.deepEqual(new Set(databaseRoles), new Set(Object.values(roles)));
  });
});

describe('programs', () => {
  /** A function, others' software, or nothing for people who pay. */
  const elsewhere = new Set(['sink-dynamodb-1', 'provision-dynamodb', 'identity', 'simulator']);
  const size = { ...defaultSize, hasDynamodb: true, streams: 3, sinks: 2, relays: 2 };
  const here = [...servicesOf(size), auditor].filter(
    ({ kind, name }) =>
      (kind === 'worker' || kind === 'task') && !elsewhere.has(name) && name !== 'sink-dynamodb-2',
  );

  test('are those of the local stack, with all that they are told there', () => {
    const found = containers();
    const addresses = new Proxy({}, { get: () => 'postgres://somebody@somewhere/fluxo' });
    for (const service of here) {
      if (service.kind !== 'worker' && service.kind !== 'task') continue;
      const container = found.get(service.name);
      assert.ok(container, `no task for ${service.name}`);
      const args = service.name === auditor.name ? auditor.args : [];
      assert.deepEqual(container.Command, ['node', service.program, ...args]);
      const told = [...(container.Environment ?? []), ...(container.Secrets ?? [])].map(({ Name }) => Name);
      const wanted = Object.keys(service.environment(addresses as never));
      assert.deepEqual(
        wanted.filter((name) => !told.includes(name)),
        [],
        service.name,
      );
    }
    assert.deepEqual(new Set(found.keys()), new Set([...here.map(({ name }) => name), 'registry']));
  });

  test('write nowhere and are nobody', () => {
    for (const [name, container] of containers()) {
      if (name === 'registry') continue;
      assert.deepEqual([container.User, container.ReadonlyRootFilesystem], ['node', true], name);
    }
  });

  test('are told no secret by their environment', () => {
    for (const [name, { Environment = [] }] of containers())
      for (const { Name } of Environment) assert.doesNotMatch(Name, /PASSWORD|SECRET|POSTGRES/, name);
  });

  test('with HTTP come to a tenth of the callers first, and go back on an alarm', () => {
    const apis = everything('AWS::ECS::Service').filter(
      ({ Properties }) => Properties['LoadBalancers'] !== undefined,
    );
    assert.equal(apis.length, 4);
    for (const { Properties } of apis)
      assert.partialDeepStrictEqual(Properties['DeploymentConfiguration'], {
        Strategy: 'CANARY',
        CanaryConfiguration: { CanaryPercent: 10 },
        Alarms: { Enable: true, Rollback: true },
      });
  });
});
