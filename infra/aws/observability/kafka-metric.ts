/** Figures of MSK about the one cluster, each the largest of what was measured in a period. */
import { consumerGroups, dynamodbGroups, topicOfGroup } from '@fluxo/schemas';
import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

export type KafkaMetricOptions = {
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly period: Duration;
};

export function kafkaMetric(
  metricName: string,
  { dimensions = {}, period }: KafkaMetricOptions,
): cloudwatch.Metric {
  const dimensionsMap = { 'Cluster Name': 'fluxo', ...dimensions };
  return new cloudwatch.Metric({
    namespace: 'AWS/Kafka',
    metricName,
    dimensionsMap,
    statistic: 'Maximum',
    period,
  });
}

/** Here there always is a DynamoDB. */
const groups = { ...consumerGroups, ...dynamodbGroups };

/** By consumer group: the seconds it is behind, by the brokers' own reckoning. */
export function lagsOfGroups(period: Duration): ReadonlyMap<string, cloudwatch.Metric> {
  const lags = Object.entries(groups).map(([name, group]) => {
    const Topic = topicOfGroup[name as keyof typeof groups].name;
    const dimensions = { 'Consumer Group': group, Topic };
    return [group, kafkaMetric('EstimatedMaxTimeLag', { dimensions, period })] as const;
  });
  return new Map(lags);
}
