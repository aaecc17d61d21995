/**
 * Which merchants a program may see, by the client id it has at Cognito, because clients have no attributes and at most fifty scopes. Written by an
 * administrator (docs/cloud.md), read by the function that writes claims into tokens, one item a token: rights that are taken away end with it. Of the audit,
 * which is part of every installation, the item is written with the stack.
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { CLIENT_KEY, CLIENT_SEES_ALL } from '../functions/token-claims.ts';

export class MachineClients extends Construct {
  readonly tableName = 'fluxo-machine-clients';
  readonly #table: dynamodb.TableV2;
  readonly #key: kms.IKey;

  constructor(scope: Construct, id: string, { key }: { readonly key: kms.IKey }) {
    super(scope, id);
    this.#key = key;
    this.#table = new dynamodb.TableV2(this, 'Table', {
      tableName: this.tableName,
      partitionKey: { name: CLIENT_KEY, type: dynamodb.AttributeType.STRING },
      billing: dynamodb.Billing.onDemand(),
      encryption: dynamodb.TableEncryptionV2.customerManagedKey(key),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  letRead(reader: lambda.Function): void {
    this.#table.grant(reader, 'dynamodb:GetItem');
    this.#key.grant(reader, 'kms:Decrypt', 'kms:DescribeKey');
  }

  /** Lets this client look at every merchant, for what its scopes allow. */
  letSeeAll(id: string, clientId: string): void {
    const Key = { [CLIENT_KEY]: { S: clientId } };
    const item = { TableName: this.tableName, Item: { ...Key, [CLIENT_SEES_ALL]: { BOOL: true } } };
    const written = new AwsCustomResource(this, id, {
      onUpdate: {
        service: 'DynamoDB',
        action: 'putItem',
        parameters: item,
        physicalResourceId: PhysicalResourceId.of(clientId),
      },
      onDelete: { service: 'DynamoDB', action: 'deleteItem', parameters: { TableName: this.tableName, Key } },
      policy: AwsCustomResourcePolicy.fromStatements([
        new iam.PolicyStatement({
          actions: ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
          resources: [this.#table.tableArn],
        }),
        new iam.PolicyStatement({
          actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
          resources: [this.#key.keyArn],
        }),
      ]),
    });
    written.node.addDependency(this.#table);
  }
}
