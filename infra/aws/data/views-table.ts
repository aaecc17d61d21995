/**
 * The table of the DynamoDB view, as `schemas/views/dynamodb.ts` lays it out and `sinks/dynamodb/create-table.ts` makes it elsewhere. It
 * can be written again from Kafka; its point-in-time recovery is for the hours that would take.
 */

import { DYNAMO_PARTITION_KEY, DYNAMO_SORT_KEY } from '@fluxo/schemas';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

const { STRING } = dynamodb.AttributeType;

export class ViewsTable extends Construct {
  readonly table: dynamodb.TableV2;
  /** FLUXO_DYNAMODB. */
  readonly address: string;

  constructor(scope: Construct, id: string, { key }: { readonly key: kms.IKey }) {
    super(scope, id);
    this.table = new dynamodb.TableV2(this, 'Table', {
      tableName: 'fluxo-views',
      partitionKey: { name: DYNAMO_PARTITION_KEY, type: STRING },
      sortKey: { name: DYNAMO_SORT_KEY, type: STRING },
      billing: dynamodb.Billing.onDemand(),
      encryption: dynamodb.TableEncryptionV2.customerManagedKey(key),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const { region } = this.table.stack;
    this.address = `https://dynamodb.${region}.amazonaws.com/${this.table.tableName}`;
  }
}
