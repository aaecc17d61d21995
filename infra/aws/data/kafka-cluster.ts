/**
 * Amazon MSK: three brokers in three zones. It holds the only truth, so nothing about it is left to defaults: no topic comes into
 * being by itself, a write counts once two brokers have it, the disk grows before it is full. Reached by TLS with SASL/SCRAM
 * only; who may read and write which topic is said by ACLs inside Kafka, one user per program, which the task `provision` sets.
 */
import { Stack } from 'aws-cdk-lib';
import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as msk from 'aws-cdk-lib/aws-msk';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acceptQuestionsOfCdk } from '../accepted.ts';
import { clientsOf } from './clients.ts';
import { KafkaUsers } from './kafka-users.ts';

/** Brokers listen here for SASL/SCRAM over TLS. */
export const KAFKA_PORT = 9096;

const BROKERS = 3;
const DISK_GB = 500;
const DISK_GB_MAX = 4_000;

/** As `stack/servers/kafka.ts` sets them on one broker, with the replication of three. */
const serverProperties = {
  // There is no super user but the brokers, so the first who sets up must be let in; with his rules nobody else is (`kafka/access-admin.ts`).
  'allow.everyone.if.no.acl.found': true,
  'auto.create.topics.enable': false,
  'default.replication.factor': BROKERS,
  'min.insync.replicas': 2,
  'unclean.leader.election.enable': false,
  'offsets.retention.minutes': 5_256_000,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 2_000,
  'group.initial.rebalance.delay.ms': 0,
};

export type KafkaClusterProps = {
  readonly vpc: ec2.IVpc;
  readonly key: kms.IKey;
  readonly secretsKey: kms.IKey;
};

export class KafkaCluster extends Construct {
  readonly arn: string;
  /** `host:port` of all brokers, separated by commas: FLUXO_KAFKA. */
  readonly brokers: string;
  readonly users: KafkaUsers;
  readonly clients: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, { vpc, key, secretsKey }: KafkaClusterProps) {
    super(scope, id);
    const group = new ec2.SecurityGroup(this, 'Access', {
      vpc,
      allowAllOutbound: false,
      description: 'Brokers',
    });
    group.addIngressRule(group, ec2.Port.allTcp(), 'brokers among themselves');
    group.addEgressRule(group, ec2.Port.allTcp(), 'brokers among themselves');
    this.clients = clientsOf(this, { name: 'Kafka', vpc, connections: group.connections, port: KAFKA_PORT });
    const cluster = this.#cluster(vpc, key, group);
    this.arn = cluster.attrArn;
    this.users = new KafkaUsers(this, 'Users', { clusterArn: this.arn, key: secretsKey });
    this.brokers = this.#bootstrap();
    this.#growDisks();
  }

  #cluster(vpc: ec2.IVpc, key: kms.IKey, group: ec2.ISecurityGroup): msk.CfnCluster {
    const configuration = new msk.CfnConfiguration(this, 'Settings', {
      name: 'fluxo',
      serverProperties: Object.entries(serverProperties)
        .map(([name, value]) => `${name}=${value}`)
        .join('\n'),
    });
    const log = new logs.LogGroup(this, 'Log', {
      retention: logs.RetentionDays.ONE_MONTH,
      encryptionKey: key,
    });
    return new msk.CfnCluster(this, 'Cluster', {
      clusterName: 'fluxo',
      kafkaVersion: '4.1.x.kraft',
      numberOfBrokerNodes: BROKERS,
      brokerNodeGroupInfo: {
        instanceType: 'kafka.m7g.large',
        clientSubnets: vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
        securityGroups: [group.securityGroupId],
        storageInfo: { ebsStorageInfo: { volumeSize: DISK_GB } },
      },
      configurationInfo: { arn: configuration.attrArn, revision: configuration.attrLatestRevisionRevision },
      clientAuthentication: { sasl: { scram: { enabled: true } }, unauthenticated: { enabled: false } },
      encryptionInfo: {
        encryptionAtRest: { dataVolumeKmsKeyId: key.keyArn },
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
      },
      enhancedMonitoring: 'PER_TOPIC_PER_PARTITION',
      openMonitoring: {
        prometheus: { jmxExporter: { enabledInBroker: true }, nodeExporter: { enabledInBroker: true } },
      },
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: log.logGroupName } } },
    });
  }

  /** CloudFormation does not tell the brokers' addresses: they are asked for while it deploys. */
  #bootstrap(): string {
    const call = {
      service: 'Kafka',
      action: 'getBootstrapBrokers',
      parameters: { ClusterArn: this.arn },
      physicalResourceId: PhysicalResourceId.of('fluxo-bootstrap-brokers'),
    };
    const asked = new AwsCustomResource(this, 'Bootstrap', {
      onUpdate: call,
      policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: [this.arn] }),
    });
    acceptQuestionsOfCdk(this, 'the addresses of the brokers');
    return asked.getResponseField('BootstrapBrokerStringSaslScram');
  }

  #growDisks(): void {
    const { partition, account } = Stack.of(this);
    const role = `arn:${partition}:iam::${account}:role/aws-service-role/kafka.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_KafkaCluster`;
    const dimension = 'kafka:broker-storage:VolumeSize';
    const target = new CfnScalableTarget(this, 'Disk', {
      serviceNamespace: 'kafka',
      resourceId: this.arn,
      scalableDimension: dimension,
      minCapacity: 1,
      maxCapacity: DISK_GB_MAX,
      roleArn: role,
    });
    const policy = new CfnScalingPolicy(this, 'DiskGrowth', {
      policyName: 'fluxo-kafka-disk',
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: 'KafkaBrokerStorageUtilization' },
        targetValue: 60,
        disableScaleIn: true,
      },
    });
    policy.node.addDependency(target);
  }
}
