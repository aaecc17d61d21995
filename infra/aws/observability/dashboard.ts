/** One page of CloudWatch that answers, from top to bottom: are people served, are entries counted in time, does the ground hold. */

import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { DataStack } from '../data/data.stack.ts';
import type { ServicesStack } from '../services/services.stack.ts';
import { kafkaMetric, lagsOfGroups } from './kafka-metric.ts';

export type DashboardProps = {
  readonly data: DataStack;
  readonly services: ServicesStack;
  readonly alarms: readonly cloudwatch.IAlarm[];
};

const period = Duration.minutes(1);
const HALF = 12;

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { data, services, alarms }: DashboardProps) {
    super(scope, id);
    new cloudwatch.Dashboard(this, 'Page', {
      dashboardName: 'fluxo',
      widgets: [
        [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 2 * HALF })],
        [
          graph(
            'Requests to the APIs',
            services.apis.flatMap(({ groups }) =>
              groups.map(({ metrics }) => metrics.requestCount({ period })),
            ),
          ),
          graph(
            'Time to answer, p99',
            services.apis.flatMap(({ groups }) =>
              groups.map(({ metrics }) => metrics.targetResponseTime({ period, statistic: 'p99' })),
            ),
          ),
        ],
        [
          graph('Lag in seconds, by group', [...lagsOfGroups(period).values()]),
          graph('Into Kafka, bytes', [kafkaMetric('BytesInPerSec', { period })]),
        ],
        [
          graph('Processors of Postgres, %', [data.postgres.instance.metricCPUUtilization({ period })]),
          graph(
            'Programs: processor, %',
            services.apis.map(({ service }) => service.metricCpuUtilization({ period })),
          ),
        ],
      ],
    });
  }
}

function graph(title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: HALF });
}
