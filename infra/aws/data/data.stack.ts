/**
 * Everything that holds data, apart from the programs, so that no release of a program can touch it. Kafka is the truth; Postgres holds
 * accepted submissions until Kafka has them; Redis, the table and the read tables are views that can be written again.
 */
import { EXPORTS_PREFIX } from '@fluxo/schemas';
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { BackupPlan, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acceptPolicyOfAws } from '../accepted.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import { Cache } from './cache.ts';
import { Database } from './database.ts';
import { DatabaseUsers } from './database-users.ts';
import { KafkaCluster } from './kafka-cluster.ts';
import { ViewsTable } from './views-table.ts';

export type DataProps = StackProps & { readonly foundation: FoundationStack };

const { InstanceClass, InstanceSize } = ec2;

export class DataStack extends Stack {
  readonly kafka: KafkaCluster;
  readonly postgres: Database;
  readonly postgresUsers: DatabaseUsers;
  /** Of the schema registry alone: a server of its own, so that it shares no fate and no password with the outbox. */
  readonly registryDatabase: Database;
  readonly cache: Cache;
  readonly views: ViewsTable;
  readonly exports: s3.Bucket;
  /** FLUXO_EXPORTS. */
  readonly exportsAddress: string;

  constructor(scope: Construct, id: string, props: DataProps) {
    super(scope, id, props);
    const { vpc, key, secretsKey } = props.foundation;
    this.kafka = new KafkaCluster(this, 'Kafka', { vpc, key, secretsKey });
    this.postgres = new Database(this, 'Postgres', {
      name: 'fluxo',
      vpc,
      key,
      secretsKey,
      instanceType: ec2.InstanceType.of(InstanceClass.M7G, InstanceSize.LARGE),
      diskGb: 200,
      databaseName: 'admin_home',
    });
    this.postgresUsers = new DatabaseUsers(this, 'PostgresUsers', {
      instance: this.postgres.instance,
      key: secretsKey,
    });
    this.registryDatabase = new Database(this, 'RegistryDatabase', {
      name: 'fluxo-registry',
      vpc,
      key,
      secretsKey,
      instanceType: ec2.InstanceType.of(InstanceClass.T4G, InstanceSize.MICRO),
      diskGb: 20,
      databaseName: 'registry',
    });
    this.cache = new Cache(this, 'Cache', { vpc, key });
    this.views = new ViewsTable(this, 'Views', { key });
    this.exports = this.#exports(props.foundation);
    this.exportsAddress = `https://s3.${this.region}.amazonaws.com/${this.exports.bucketName}`;
    this.#backups(props.foundation);
  }

  #exports({ key, accessLogs }: FoundationStack): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Exports', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'exports/',
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Nothing is written over: whoever puts a file must say that there is none yet (S3, "Enforce conditional writes").
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects(`${EXPORTS_PREFIX}*`)],
        conditions: { Null: { 's3:if-none-match': 'true' } },
      }),
    );
    return bucket;
  }

  /** A second line behind the point-in-time recovery of each store: it survives the deletion of the store itself. */
  #backups({ key }: FoundationStack): void {
    const vault = new BackupVault(this, 'Vault', {
      encryptionKey: key,
      lockConfiguration: { minRetention: Duration.days(35) },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const plan = BackupPlan.daily35DayRetention(this, 'Daily', vault);
    plan.addSelection('Stores', {
      resources: [
        BackupResource.fromRdsDatabaseInstance(this.postgres.instance),
        BackupResource.fromRdsDatabaseInstance(this.registryDatabase.instance),
        BackupResource.fromDynamoDbTable(this.views.table),
      ],
    });
    acceptPolicyOfAws(
      plan,
      'service-role/AWSBackupServiceRolePolicyForBackup',
      'AWS Backup defines its role as this policy, and keeps it current.',
    );
  }
}
