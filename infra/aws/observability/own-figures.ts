/**
 * Figures that only Fluxo's own programs know: how far the memory of a query API is behind, and how old the oldest entry in the outbox is. The programs
 * write them into their logs each minute (`telemetry/logged-figures.ts`), from where CloudWatch counts them. Who says nothing is late: a program that is
 * gone, or cannot find out, must not look quick.
 */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Fields of the lines, by what is measured. */
export const figureFields = { viewLag: 'viewLagSeconds', outboxAge: 'outboxAgeSeconds' } as const;

export type OwnFiguresProps = {
  /** All programs: who writes a figure is known by its name. */
  readonly programNames: readonly string[];
};

type Figure = {
  readonly field: string;
  readonly programs: readonly string[];
  readonly alarm: string;
  readonly what: string;
  readonly above: number;
};

export class OwnFigures extends Construct {
  readonly all: readonly cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, { programNames }: OwnFiguresProps) {
    super(scope, id);
    this.all = [
      this.#alarm({
        field: figureFields.viewLag,
        programs: ['query-api'],
        alarm: 'query-api-behind',
        what: 'A query API shows balances that are more than ten seconds old, or none says how old: docs/runbooks/BalancesStale.md',
        above: 10,
      }),
      this.#alarm({
        field: figureFields.outboxAge,
        programs: programNames.filter((name) => name.startsWith('outbox-relay-')),
        alarm: 'outbox-not-drained',
        what: 'An entry was accepted more than a minute ago and is not in Kafka, or no relay can tell: docs/runbooks/OutboxNotDrained.md',
        above: 60,
      }),
    ];
  }

  /** For three of five minutes: a release that starts everything anew is none. */
  #alarm({ field, programs, alarm, what, above }: Figure): cloudwatch.Alarm {
    for (const program of programs)
      new logs.MetricFilter(this, `${field}-${program}`, {
        logGroup: logs.LogGroup.fromLogGroupName(this, `${field}-${program}-log`, `/fluxo/${program}`),
        filterPattern: logs.FilterPattern.exists(`$.${field}`),
        metricNamespace: 'Fluxo',
        metricName: field,
        metricValue: `$.${field}`,
      });
    return new cloudwatch.Alarm(this, alarm, {
      alarmName: `fluxo-${alarm}`,
      alarmDescription: what,
      metric: new cloudwatch.Metric({
        namespace: 'Fluxo',
        metricName: field,
        statistic: 'Maximum',
        period: Duration.minutes(1),
      }),
      threshold: above,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }
}
