/**
 * The DynamoDB sink as a process: two loops, one for the balance documents and one for the merchants, until SIGTERM. Several such
 * processes share the partitions.
 */
import { dynamodbGroups, topics } from '@fluxo/schemas';
import { requiredSetting } from '@fluxo/telemetry';
import { SinkProcess } from '../sink-process.ts';
import { DynamodbBalanceSink } from './balance.sink.ts';
import { DynamodbStore } from './dynamodb-store.ts';
import { DynamodbMerchantSink } from './merchant.sink.ts';

const { dailyBalances, merchants } = topics;
const sinks = await SinkProcess.open('sink-dynamodb-1');
const table = requiredSetting('FLUXO_DYNAMODB');
sinks.mirror(
  dailyBalances,
  dynamodbGroups.dynamodbSinkBalances,
  new DynamodbBalanceSink(new DynamodbStore(table), await sinks.codecOf(dailyBalances)),
);
sinks.mirror(
  merchants,
  dynamodbGroups.dynamodbSinkMerchants,
  new DynamodbMerchantSink(new DynamodbStore(table), await sinks.codecOf(merchants)),
);
await sinks.run();
