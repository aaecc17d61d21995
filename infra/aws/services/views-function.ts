/**
 * The DynamoDB sink as a function: `sinks/dynamodb/lambda.ts`, handed the records of two topics by event source mappings of MSK. It may write the
 * one table and nothing else. A batch that fails is handed over again until it succeeds, so there is no queue for failures.
 *
 * The mappings have pollers of their own (AWS' "provisioned mode"): Lambda joins them to the function and to Secrets Manager itself. Without them
 * they would need a way out of the brokers' subnets, which have none (AWS' guide, "Configuring your Amazon MSK cluster and Amazon VPC network for Lambda").
 */
import { dynamodbGroups, topicOfGroup } from '@fluxo/schemas';
import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ManagedKafkaEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { accept, acceptPolicyOfAws } from '../accepted.ts';
import type { DataStack } from '../data/data.stack.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import { BundledFunction } from '../functions/bundled-function.ts';
import type { Registry } from '../platform/registry.ts';

/** One hands over 5 MB a second, or five partitions at once; both mappings share what is paid for. */
const pollers = { minimumPollers: 1, maximumPollers: 4, pollerGroupName: 'sink-dynamodb' };

export type ViewsFunctionProps = {
  readonly foundation: FoundationStack;
  readonly data: DataStack;
  readonly registry: Registry;
};

export class ViewsFunction extends Construct {
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, { foundation, data, registry }: ViewsFunctionProps) {
    super(scope, id);
    const { vpc, key } = foundation;
    const own = new ec2.SecurityGroup(this, 'Access', {
      vpc,
      allowAllOutbound: false,
      description: 'sink-dynamodb',
    });
    own.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'DynamoDB, by its endpoint in this network');
    this.function = new BundledFunction(this, 'Function', {
      program: 'sinks/dynamodb/lambda.ts',
      key,
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [own, registry.clients],
      memorySize: 1_024,
      timeout: Duration.minutes(2),
      environment: { FLUXO_DYNAMODB: data.views.address, FLUXO_REGISTRY: registry.address },
    });
    this.#grant(data);
    for (const [name, groupId] of Object.entries(dynamodbGroups))
      this.#follow(data, { groupId, topic: topicOfGroup[name as keyof typeof dynamodbGroups].name });
  }

  #grant({ views, kafka }: DataStack): void {
    views.table.grant(
      this.function,
      'dynamodb:DescribeTable',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    );
    // Rights on a table say nothing about the key it rests under.
    views.table.encryptionKey?.grant(
      this.function,
      'kms:Decrypt',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:DescribeKey',
    );
    kafka.users.secretOf('sink-dynamodb').grantRead(this.function);
    acceptPolicyOfAws(
      this,
      'service-role/AWSLambdaMSKExecutionRole',
      'How a mapping of MSK asks for its brokers and network; kept current by AWS.',
    );
    acceptPolicyOfAws(
      this,
      'service-role/AWSLambdaVPCAccessExecutionRole',
      'How a function comes into a network; kept current by AWS.',
    );
    accept(this, 'IAM5[Resource::*]', 'Network interfaces of a function have no name before they are made.');
  }

  /** The group is that of the sink process, so that either can take over from the other. */
  #follow(
    { kafka }: DataStack,
    { groupId, topic }: { readonly groupId: string; readonly topic: string },
  ): void {
    this.function.addEventSource(
      new ManagedKafkaEventSource({
        clusterArn: kafka.arn,
        topic,
        consumerGroupId: groupId,
        secret: kafka.users.secretOf('sink-dynamodb'),
        startingPosition: lambda.StartingPosition.TRIM_HORIZON,
        batchSize: 500,
        maxBatchingWindow: Duration.seconds(1),
        provisionedPollerConfig: pollers,
      }),
    );
  }
}
