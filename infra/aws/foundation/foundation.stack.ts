/**
 * What everything else stands on and what outlives every release: the network, the key, the repository of images and the bucket
 * for logs of access. Programs live in private subnets, stores in subnets without any way out; only the NAT gateways face the internet.
 */
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { accept } from '../accepted.ts';

const IMAGES_KEPT = 50;

export class FoundationStack extends Stack {
  readonly vpc: ec2.Vpc;
  /** Encrypts whatever rests: brokers, databases, tables, caches, logs, secrets. */
  readonly key: kms.Key;
  /** The same for secrets: whoever may read a secret may have it decrypted, by the key's own policy. */
  readonly secretsKey: kms.IKey;
  readonly images: ecr.Repository;
  readonly accessLogs: s3.Bucket;

  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    this.key = new kms.Key(this, 'Key', { enableKeyRotation: true, alias: 'fluxo' });
    this.#letServicesUseKey();
    this.#letSecretsUseKey();
    this.secretsKey = kms.Key.fromKeyArn(this, 'SecretsKey', this.key.keyArn);
    this.vpc = this.#network();
    this.images = new ecr.Repository(this, 'Images', {
      repositoryName: 'fluxo',
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      encryption: ecr.RepositoryEncryption.KMS,
      encryptionKey: this.key,
      lifecycleRules: [{ maxImageCount: IMAGES_KEPT, description: 'A rollback reaches fifty releases back' }],
    });
    this.accessLogs = this.#accessLogs();
    new CfnOutput(this, 'ImageRepository', { value: this.images.repositoryUri });
  }

  #network(): ec2.Vpc {
    const vpc = new ec2.Vpc(this, 'Network', {
      maxAzs: 3,
      // One per zone: a zone that is lost must not take the others' way out with it.
      natGateways: 3,
      subnetConfiguration: [
        { name: 'edge', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24 },
        { name: 'programs', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
        { name: 'stores', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
      gatewayEndpoints: {
        s3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
        dynamodb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    const group = new logs.LogGroup(this, 'FlowLogs', {
      retention: logs.RetentionDays.ONE_MONTH,
      encryptionKey: this.key,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    vpc.addFlowLog('Flows', { destination: ec2.FlowLogDestination.toCloudWatchLogs(group) });
    return vpc;
  }

  #accessLogs(): s3.Bucket {
    const bucket = new s3.Bucket(this, 'AccessLogs', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // Load balancers and CloudFront write with the keys of S3 only.
      encryption: s3.BucketEncryption.S3_MANAGED,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    accept(bucket, 'S1', 'It holds the logs of the others; logging itself would never end.');
    return bucket;
  }

  /** CloudWatch reads and write with the key on behalf of this account, and of no other. */
  #letServicesUseKey(): void {
    for (const principal of [`logs.${this.region}.amazonaws.com`, 'cloudwatch.amazonaws.com'])
      this.key.addToResourcePolicy(
        new iam.PolicyStatement({
          principals: [new iam.ServicePrincipal(principal)],
          actions: [
            'kms:Decrypt',
            'kms:GenerateDataKey*',
            'kms:Encrypt',
            'kms:ReEncrypt*',
            'kms:DescribeKey',
          ],
          resources: ['*'],
          conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
        }),
      );
  }

  /** As the key of AWS for secrets does: by way of Secrets Manager, for this account. Otherwise the key would have to name every reader. */
  #letSecretsUseKey(): void {
    this.key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.AnyPrincipal()],
        actions: ['kms:Decrypt', 'kms:DescribeKey'],
        resources: ['*'],
        conditions: {
          StringEquals: {
            'kms:ViaService': `secretsmanager.${this.region}.amazonaws.com`,
            'kms:CallerAccount': this.account,
          },
        },
      }),
    );
  }
}
