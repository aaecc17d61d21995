/**
 * Logs to search in: OpenSearch, filled from CloudWatch by a delivery stream that unpacks them. CloudWatch stays the place where
 * logs are kept; what OpenSearch loses is delivered to a bucket instead. Private, three nodes in three zones, encrypted throughout.
 */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { accept, acceptQuestionsOfCdk } from '../accepted.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';

export type LogSearchProps = { readonly foundation: FoundationStack };

export class LogSearch extends Construct {
  readonly domain: opensearch.Domain;
  /** What a subscription filter of CloudWatch is given. */
  readonly stream: firehose.CfnDeliveryStream;
  readonly subscriber: iam.Role;

  constructor(scope: Construct, id: string, { foundation }: LogSearchProps) {
    super(scope, id);
    const group = new ec2.SecurityGroup(this, 'Access', {
      vpc: foundation.vpc,
      description: 'OpenSearch',
      allowAllOutbound: false,
    });
    this.domain = this.#domain(foundation, group);
    this.stream = this.#stream(foundation, group);
    this.subscriber = new iam.Role(this, 'Subscriber', {
      assumedBy: new iam.ServicePrincipal('logs.amazonaws.com', {
        conditions: { StringLike: { 'aws:SourceArn': `arn:aws:logs:*:${Stack.of(this).account}:*` } },
      }),
    });
    this.subscriber.addToPolicy(
      new iam.PolicyStatement({
        actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'],
        resources: [this.stream.attrArn],
      }),
    );
  }

  /** Every record of a program's log, as JSON, from now on. */
  follow(program: string): void {
    const group = logs.LogGroup.fromLogGroupName(this, `${program}Log`, `/fluxo/${program}`);
    new logs.CfnSubscriptionFilter(this, `${program}Filter`, {
      logGroupName: group.logGroupName,
      filterPattern: '',
      destinationArn: this.stream.attrArn,
      roleArn: this.subscriber.roleArn,
    });
  }

  #domain({ vpc, key }: FoundationStack, group: ec2.SecurityGroup): opensearch.Domain {
    const log = new logs.LogGroup(this, 'Log', {
      retention: logs.RetentionDays.ONE_MONTH,
      encryptionKey: key,
    });
    const domain = new opensearch.Domain(this, 'Domain', {
      domainName: 'fluxo-logs',
      version: opensearch.EngineVersion.OPENSEARCH_2_19,
      vpc,
      vpcSubnets: [{ subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
      securityGroups: [group],
      zoneAwareness: { enabled: true, availabilityZoneCount: 3 },
      capacity: {
        dataNodes: 3,
        dataNodeInstanceType: 'm7g.large.search',
        masterNodes: 3,
        masterNodeInstanceType: 'm7g.large.search',
        multiAzWithStandbyEnabled: false,
      },
      ebs: { volumeSize: 200, volumeType: ec2.EbsDeviceVolumeType.GP3 },
      encryptionAtRest: { enabled: true, kmsKey: key },
      nodeToNodeEncryption: true,
      enforceHttps: true,
      tlsSecurityPolicy: opensearch.TLSSecurityPolicy.TLS_1_2_PFS,
      useUnsignedBasicAuth: false,
      logging: {
        slowSearchLogEnabled: true,
        slowSearchLogGroup: log,
        slowIndexLogEnabled: true,
        slowIndexLogGroup: log,
        appLogEnabled: true,
        appLogGroup: log,
      },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    accept(
      domain,
      'OS5',
      'Without a policy of its own, only signed requests of roles that this account allows get through.',
    );
    accept(
      domain,
      'IAM5[Resource::*]',
      'The policy by which OpenSearch may write logs belongs to the account and knows no resource.',
    );
    acceptQuestionsOfCdk(this, 'leave to write the domain’s own logs');
    accept(
      domain,
      'OS3',
      'It stands in a private network, and who may ask is said by role: addresses say less.',
    );
    return domain;
  }

  #stream({ vpc, key }: FoundationStack, group: ec2.SecurityGroup): firehose.CfnDeliveryStream {
    const role = new iam.Role(this, 'Delivery', {
      assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com'),
    });
    const lost = new s3.Bucket(this, 'Undelivered', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      lifecycleRules: [{ expiration: Duration.days(30) }],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    accept(lost, 'S1', 'Only the delivery stream writes here, and CloudTrail says so.');
    for (const statement of deliveryRights({ domain: this.domain, lost, key })) role.addToPolicy(statement);
    accept(role, 'IAM5[Resource::*]', 'Network interfaces have no names before they are made.');
    accept(role, 'IAM5[Resource::<LogSearchDomain554D1947.Arn>/fluxo*]', 'One index a day.');
    accept(role, 'IAM5[Resource::<LogSearchUndeliveredEF91B705.Arn>/*]', 'Objects named after the time.');
    group.addIngressRule(group, ec2.Port.tcp(443), 'the delivery stream');
    group.addEgressRule(group, ec2.Port.tcp(443), 'the delivery stream');
    const stream = new firehose.CfnDeliveryStream(this, 'Stream', {
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: { keyType: 'CUSTOMER_MANAGED_CMK', keyArn: key.keyArn },
      amazonopensearchserviceDestinationConfiguration: {
        domainArn: this.domain.domainArn,
        indexName: 'fluxo',
        indexRotationPeriod: 'OneDay',
        roleArn: role.roleArn,
        s3BackupMode: 'FailedDocumentsOnly',
        s3Configuration: { bucketArn: lost.bucketArn, roleArn: role.roleArn },
        vpcConfiguration: {
          roleArn: role.roleArn,
          subnetIds: vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
          securityGroupIds: [group.securityGroupId],
        },
        processingConfiguration: { enabled: true, processors: unpacking },
      },
    });
    stream.node.addDependency(role);
    return stream;
  }
}

/** How Firehose puts interfaces into a network. They have no names before they are made. */
const networkActions = [
  'ec2:DescribeVpcs',
  'ec2:DescribeVpcAttribute',
  'ec2:DescribeSubnets',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeNetworkInterfaces',
  'ec2:CreateNetworkInterface',
  'ec2:CreateNetworkInterfacePermission',
  'ec2:DeleteNetworkInterface',
];

type Delivered = { readonly domain: opensearch.Domain; readonly lost: s3.Bucket; readonly key: kms.IKey };

/** What Firehose's guide lists for a domain in a network, and no more. */
function deliveryRights({ domain, lost, key }: Delivered): iam.PolicyStatement[] {
  const rights: readonly (readonly [string[], string[]])[] = [
    [
      ['es:DescribeDomain', 'es:DescribeDomains', 'es:DescribeDomainConfig', 'es:ESHttpGet'],
      [domain.domainArn],
    ],
    [
      ['es:ESHttpPost', 'es:ESHttpPut', 'es:ESHttpGet'],
      [`${domain.domainArn}/fluxo*`, `${domain.domainArn}/_bulk`],
    ],
    [['s3:ListBucket', 's3:GetBucketLocation'], [lost.bucketArn]],
    [['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'], [lost.arnForObjects('*')]],
    [['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn]],
    [networkActions, ['*']],
  ];
  return rights.map(([actions, resources]) => new iam.PolicyStatement({ actions, resources }));
}

/** CloudWatch sends many records in one, compressed. */
const unpacking: firehose.CfnDeliveryStream.ProcessorProperty[] = [
  { type: 'Decompression', parameters: [{ parameterName: 'CompressionFormat', parameterValue: 'GZIP' }] },
  {
    type: 'CloudWatchLogProcessing',
    parameters: [{ parameterName: 'DataMessageExtraction', parameterValue: 'true' }],
  },
];
