/**
 * What the load balancer counts of a program's answers. A program has two groups of targets, of which one is being tried out while a release comes: both
 * count, always.
 */
import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';

export type TargetGroups = readonly [elb.ApplicationTargetGroup, elb.ApplicationTargetGroup];

/** How many of a hundred answers were a 5xx of the program itself; no figure where nobody has asked. */
export function failedPercent(groups: TargetGroups, period: Duration): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: '100 * (FILL(failed0, 0) + FILL(failed1, 0)) / (FILL(asked0, 0) + FILL(asked1, 0))',
    usingMetrics: {
      ...named('failed', groups, ({ metrics }) =>
        metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, { period }),
      ),
      ...named('asked', groups, ({ metrics }) => metrics.requestCount({ period })),
    },
    period,
    label: '% of answers that are 5xx',
  });
}

/** How many tasks are ready for callers. */
export function readyTasks(groups: TargetGroups, period: Duration): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: 'FILL(ready0, 0) + FILL(ready1, 0)',
    usingMetrics: named('ready', groups, ({ metrics }) =>
      metrics.healthyHostCount({ period, statistic: 'Minimum' }),
    ),
    period,
    label: 'Tasks that are ready',
  });
}

function named(
  name: string,
  groups: TargetGroups,
  metricOf: (group: elb.ApplicationTargetGroup) => cloudwatch.IMetric,
): Record<string, cloudwatch.IMetric> {
  return Object.fromEntries(groups.map((group, index) => [`${name}${index}`, metricOf(group)]));
}
