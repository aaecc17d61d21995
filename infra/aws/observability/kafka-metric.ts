/** A figure of MSK about the one cluster. The largest of what was measured in a period. */
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
