/**
 * The day-end export as a function: `query-api/exports/lambda.ts`, started by the clock, one at a time. It reads the tables as the reader, adds
 * files to the bucket, which lets nobody write one over, and keeps its positions beside them. A run that fails is made good by the next.
 */
import { EXPORT_POSITIONS_KEY, EXPORTS_PREFIX } from '@fluxo/schemas';
import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { accept, acceptPolicyOfAws } from '../accepted.ts';
import type { DataStack } from '../data/data.stack.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import { BundledFunction } from '../functions/bundled-function.ts';

const EVERY = Duration.minutes(5);
/** What a run does not come to is done by the next. */
const TIMEOUT = Duration.minutes(10);

/** All authorities that sign certificates of AWS, RDS' among them; the runtime of Lambda has it (AWS' guide to Node.js in Lambda, "CA certificate loading"). */
const AUTHORITIES_FILE = '/var/runtime/ca-cert.pem';

export type ExportsFunctionProps = { readonly foundation: FoundationStack; readonly data: DataStack };

export class ExportsFunction extends Construct {
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, { foundation, data }: ExportsFunctionProps) {
    super(scope, id);
    const { vpc, key } = foundation;
    const reader = data.postgresUsers.addressOf('fluxo_reader');
    this.function = new BundledFunction(this, 'Function', {
      program: 'query-api/exports/lambda.ts',
      key,
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [this.#access(vpc), data.postgres.clients],
      memorySize: 1_024,
      timeout: TIMEOUT,
      reservedConcurrentExecutions: 1,
      environment: {
        FLUXO_EXPORTS: data.exportsAddress,
        FLUXO_POSTGRES_SECRET: reader.secretArn,
        FLUXO_POSTGRES_AUTHORITIES: AUTHORITIES_FILE,
      },
    });
    reader.grantRead(this.function);
    this.#grantBucket(data);
    new events.Rule(this, 'Clock', {
      description: 'Exports the days that were closed',
      schedule: events.Schedule.rate(EVERY),
      targets: [new LambdaFunction(this.function, { retryAttempts: 0 })],
    });
  }

  #access(vpc: ec2.IVpc): ec2.SecurityGroup {
    const own = new ec2.SecurityGroup(this, 'Access', {
      vpc,
      allowAllOutbound: false,
      description: 'day-end-export',
    });
    own.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'S3 and Secrets Manager');
    return own;
  }

  #grantBucket({ exports }: DataStack): void {
    const positions = exports.arnForObjects(EXPORT_POSITIONS_KEY);
    const allow = (actions: string[], resources: string[]) =>
      this.function.addToRolePolicy(new iam.PolicyStatement({ actions, resources }));
    allow(['s3:PutObject'], [exports.arnForObjects(`${EXPORTS_PREFIX}*`), positions]);
    allow(['s3:GetObject'], [positions]);
    // Whether a file is there is found by a list; and who may not list is told "forbidden" of positions that were never kept.
    allow(['s3:ListBucket'], [exports.bucketArn]);
    exports.encryptionKey?.grant(this.function, 'kms:GenerateDataKey', 'kms:Decrypt');
    // What cdk-nag calls the bucket of the other stack; where that changes, the synthesis says the new name.
    const bucket = 'fluxo-data:ExportsOutputFnGetAttExports25637AFBArn08434897';
    accept(
      this,
      `IAM5[Resource::${bucket}/${EXPORTS_PREFIX}*]`,
      'Days and merchants are not known beforehand.',
    );
    acceptPolicyOfAws(
      this,
      'service-role/AWSLambdaVPCAccessExecutionRole',
      'How a function comes into a network; kept current by AWS.',
    );
    accept(this, 'IAM5[Resource::*]', 'Network interfaces of a function have no name before they are made.');
  }
}
