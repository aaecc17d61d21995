/**
 * That the ground is giving way, by the figures that AWS has itself: disks, lag of the readers, databases, failing functions. What users notice
 * stands in `service-levels.ts`.
 */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Operation } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { DataStack } from '../data/data.stack.ts';
import type { ServicesStack } from '../services/services.stack.ts';
import { kafkaMetric, lagsOfGroups } from './kafka-metric.ts';

export type AlarmsProps = {
  readonly data: DataStack;
  readonly services: ServicesStack;
};

type Watched = {
  readonly name: string;
  readonly what: string;
  readonly metric: cloudwatch.IMetric;
  readonly above?: number;
  readonly below?: number;
};

const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
const period = Duration.minutes(5);

export class Alarms extends Construct {
  readonly all: readonly cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, { data, services }: AlarmsProps) {
    super(scope, id);
    const watched = [...brokers(), ...stores(data), ...lags(), ...functions(services)];
    this.all = watched.map((each) => this.#alarm(each));
  }

  #alarm({ name, what, metric, above, below }: Watched): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, name, {
      alarmName: `fluxo-${name}`,
      alarmDescription: what,
      metric,
      threshold: above ?? below ?? 0,
      comparisonOperator: above === undefined ? LESS_THAN_THRESHOLD : GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }
}

const BROKER_IDS = ['1', '2', '3'] as const;

function brokers(): Watched[] {
  const disks = BROKER_IDS.map((id) => ({
    name: `kafka-disk-${id}`,
    what: `The disk of broker ${id} is fuller than 80 %: it should have grown by itself at 60 %. Raise its size by hand.`,
    metric: kafkaMetric('KafkaDataLogsDiskUsed', { dimensions: { 'Broker ID': id }, period }),
    above: 80,
  }));
  return [
    {
      name: 'kafka-offline-partitions',
      what: 'Partitions of Kafka have no leader: entries wait at the tills. docs/runbooks/KafkaPartitionsUnavailable.md',
      metric: kafkaMetric('OfflinePartitionsCount', { period }),
      above: 0,
    },
    {
      name: 'kafka-under-min-isr',
      what: 'Partitions have fewer copies in sync than a write needs: entries wait at the tills. docs/runbooks/KafkaPartitionsUnavailable.md',
      metric: ofAllBrokers('UnderMinIsrPartitionCount'),
      above: 0,
    },
    {
      name: 'kafka-under-replicated',
      what: 'For ten minutes partitions have had fewer copies in sync than they should: docs/runbooks/KafkaUnderReplicated.md',
      metric: ofAllBrokers('UnderReplicatedPartitions'),
      above: 0,
    },
    ...disks,
  ];
}

/** MSK says this of each broker by itself, and CloudWatch adds nothing up; a broker that is gone says nothing, and its partitions are counted by others. */
function ofAllBrokers(metricName: string): cloudwatch.MathExpression {
  const each = BROKER_IDS.map((id) => [
    `broker${id}`,
    kafkaMetric(metricName, { dimensions: { 'Broker ID': id }, period }),
  ]);
  return new cloudwatch.MathExpression({
    expression: BROKER_IDS.map((id) => `FILL(broker${id}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(each),
    label: metricName,
    period,
  });
}

function stores({ postgres, registryDatabase, cache, views }: DataStack): Watched[] {
  const free = (name: string, { instance }: DataStack['postgres']) => ({
    name: `${name}-disk`,
    what: `${name} has less than 10 GB of disk left.`,
    metric: instance.metricFreeStorageSpace({ period }),
    below: 10e9,
  });
  const redis = cache.nodeIds.map((id) => ({
    name: `redis-memory-${id}`,
    what: `Node ${id} of Redis is fuller than 80 %; when it is full its sink stands still, because nothing is evicted. Take larger nodes.`,
    metric: new cloudwatch.Metric({
      namespace: 'AWS/ElastiCache',
      metricName: 'DatabaseMemoryUsagePercentage',
      // Said of each node; of a whole group AWS knows only what it scales by.
      dimensionsMap: { CacheClusterId: id },
      statistic: 'Maximum',
      period,
    }),
    above: 80,
  }));
  return [
    free('postgres', postgres),
    free('registry-database', registryDatabase),
    {
      name: 'postgres-cpu',
      what: 'Postgres is busier than 80 %: entries are accepted late.',
      metric: postgres.instance.metricCPUUtilization({ period }),
      above: 80,
    },
    ...redis,
    {
      name: 'views-throttled',
      what: 'DynamoDB turns writes away: its sink falls behind, nobody reads wrong figures.',
      metric: views.table.metricThrottledRequestsForOperations({
        operations: [Operation.PUT_ITEM, Operation.UPDATE_ITEM],
        period,
      }),
      above: 0,
    },
  ];
}

function lags(): Watched[] {
  return [...lagsOfGroups(period)].map(([group, metric]) => ({
    name: `lag-${group}`,
    what: `${group} is more than a minute behind: docs/runbooks/BalancesStale.md, ViewBehind.md`,
    metric,
    above: 60,
  }));
}

function functions({ viewsFunction, exportsFunction }: ServicesStack): Watched[] {
  return [
    {
      name: 'views-function-errors',
      what: 'The DynamoDB sink fails; its batches are handed over again until they succeed.',
      metric: viewsFunction.function.metricErrors({ period }),
      above: 0,
    },
    {
      name: 'exports-function-errors',
      what: 'Days that were closed are not exported; what was exported is right. The log of the function says why, and the next run goes on.',
      metric: exportsFunction.function.metricErrors({ period }),
      above: 0,
    },
  ];
}
