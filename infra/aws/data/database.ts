/**
 * A PostgreSQL of RDS: encrypted, private, in two zones, with backups to any second of the last fortnight. Its administrator is
 * used by nobody but the task that makes roles and tables.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { accept, acceptPolicyOfAws } from '../accepted.ts';
import { clientsOf } from './clients.ts';

export const POSTGRES_PORT = 5432;

/** As `stack/servers/postgres.ts` sets them; and nobody speaks to it in the clear. */
const parameters = {
  'rds.force_ssl': '1',
  timezone: 'UTC',
  tcp_keepalives_idle: '30',
  idle_in_transaction_session_timeout: '60000',
};

export type DatabaseProps = {
  readonly name: string;
  readonly vpc: ec2.IVpc;
  readonly key: kms.IKey;
  readonly secretsKey: kms.IKey;
  readonly instanceType: ec2.InstanceType;
  readonly diskGb: number;
  /** Of the database that is there from the beginning, and whose owner is the administrator. */
  readonly databaseName: string;
};

export class Database extends Construct {
  readonly instance: rds.DatabaseInstance;
  readonly clients: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id);
    // Made here, because RDS would make it without an end.
    const log = new logs.LogGroup(this, 'Log', {
      logGroupName: `/aws/rds/instance/${props.name}/postgresql`,
      retention: logs.RetentionDays.ONE_MONTH,
      encryptionKey: props.key,
    });
    this.instance = new rds.DatabaseInstance(this, 'Instance', {
      engine: rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_18 }),
      instanceIdentifier: props.name,
      vpc: props.vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      instanceType: props.instanceType,
      databaseName: props.databaseName,
      credentials: rds.Credentials.fromGeneratedSecret('fluxo_admin', { encryptionKey: props.secretsKey }),
      parameters,
      multiAz: true,
      storageType: rds.StorageType.GP3,
      allocatedStorage: props.diskGb,
      maxAllocatedStorage: props.diskGb * 10,
      storageEncrypted: true,
      storageEncryptionKey: props.key,
      backupRetention: Duration.days(14),
      deletionProtection: true,
      removalPolicy: RemovalPolicy.SNAPSHOT,
      autoMinorVersionUpgrade: true,
      monitoringInterval: Duration.minutes(1),
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: props.key,
      cloudwatchLogsExports: ['postgresql'],
    });
    this.instance.node.addDependency(log);
    const { connections } = this.instance;
    this.clients = clientsOf(this, { name: 'Postgres', vpc: props.vpc, connections, port: POSTGRES_PORT });
    accept(this, 'RDS11', 'The port is in no secret: security groups name who may reach it.');
    accept(
      this,
      'SMG4',
      'The administrator is used by the migration alone, which reads the secret when it starts.',
    );
    acceptPolicyOfAws(
      this,
      'service-role/AmazonRDSEnhancedMonitoringRole',
      'Enhanced monitoring is defined by AWS as this policy.',
    );
  }
}
