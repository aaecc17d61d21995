/**
 * Which merchants a program may see, by the client id it has at Cognito, because clients have no attributes and at most fifty scopes. Written by an
 * administrator (docs/cloud.md), read by the function that writes claims into tokens, one item a token: rights that are taken away end with it.
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CLIENT_KEY } from '../functions/token-claims.ts';

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
}
