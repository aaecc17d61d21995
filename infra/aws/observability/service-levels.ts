/**
 * The three levels of decision 0026 by what AWS counts itself: entries accepted and balances fresh with burn rates over two windows each (SRE workbook,
 * chapter 5, for 99.9 % over 30 days), balances right without any budget. Somebody is told of what stands here; the windows themselves tell nobody.
 *
 * What AWS does not see: which requests were to enter something (all of the entries API count), and how far the memory of a query API is behind.
 */
import { consumerGroups, topics } from '@fluxo/schemas';
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { failedPercent, readyTasks, type TargetGroups } from '../services/answers.ts';
import { AUDITOR } from '../services/auditor.ts';
import { kafkaMetric } from './kafka-metric.ts';

const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
const { BREACHING, NOT_BREACHING } = cloudwatch.TreatMissingData;
const allOf = (...rules: cloudwatch.IAlarmRule[]) => cloudwatch.AlarmRule.allOf(...rules);
const anyOf = (...rules: cloudwatch.IAlarmRule[]) => cloudwatch.AlarmRule.anyOf(...rules);

/** Of a hundred: what may go wrong in 30 days. */
const BUDGET_PERCENT = 0.1;
/** 2 % of the month's budget in an hour; 5 % in six hours. */
const FAST_BURN = 14.4;
const SLOW_BURN = 6;
const STALE_AFTER_SECONDS = 10;
const TEN_MINUTES = Duration.minutes(10);

/** What `fluxo audit --watch` says of a round (`cli/audit-watch.ts`), as CloudWatch wants regular expressions: no groups, no blanks. */
export const auditPatterns = {
  differences: String.raw`%Z\s[1-9][0-9,]*\sdifferences?\sin\s%`,
  whole: String.raw`%Z\s[0-9,]+\sdifferences?\sin\s.*\syet$%`,
} as const;

export type ServiceLevelsProps = { readonly entriesApi: TargetGroups };

type Window = {
  readonly id: string;
  readonly metric: cloudwatch.IMetric;
  readonly above: number;
  readonly periods: number;
  readonly bad: number;
  readonly missing: cloudwatch.TreatMissingData;
};

export class ServiceLevels extends Construct {
  /** Those that somebody must be told of. */
  readonly all: readonly cloudwatch.AlarmBase[];

  constructor(scope: Construct, id: string, { entriesApi }: ServiceLevelsProps) {
    super(scope, id);
    this.all = [
      this.#entriesNotAccepted(entriesApi),
      this.#entriesApiGone(entriesApi),
      this.#balancesStale(),
      ...this.#balancesWrong(),
    ];
  }

  #entriesNotAccepted(groups: TargetGroups): cloudwatch.AlarmBase {
    const burnt = (name: string, period: Duration, rate: number) =>
      this.#window({
        id: `entries-refused-${name}`,
        metric: failedPercent(groups, period),
        above: rate * BUDGET_PERCENT,
        periods: 1,
        bad: 1,
        missing: NOT_BREACHING,
      });
    return this.#level('entries-not-accepted', {
      what: 'More requests to enter something fail than the month can bear: docs/runbooks/EntriesNotAccepted.md',
      rule: anyOf(
        allOf(burnt('1h', Duration.hours(1), FAST_BURN), burnt('5m', Duration.minutes(5), FAST_BURN)),
        allOf(burnt('6h', Duration.hours(6), SLOW_BURN), burnt('30m', Duration.minutes(30), SLOW_BURN)),
      ),
    });
  }

  /** Requests that reach nobody are in no ratio. */
  #entriesApiGone(groups: TargetGroups): cloudwatch.AlarmBase {
    return new cloudwatch.Alarm(this, 'entries-api-gone', {
      alarmName: 'fluxo-entries-api-gone',
      alarmDescription: 'Nobody takes entries: no entries API is ready. docs/runbooks/EntriesApiGone.md',
      metric: readyTasks(groups, Duration.minutes(1)),
      threshold: 1,
      comparisonOperator: LESS_THAN_THRESHOLD,
      evaluationPeriods: 2,
      treatMissingData: BREACHING,
    });
  }

  /** Minutes in which the processor was further behind than ten seconds, or showed no lag: a dead process must not look quick. */
  #balancesStale(): cloudwatch.AlarmBase {
    const metric = kafkaMetric('EstimatedMaxTimeLag', {
      dimensions: { 'Consumer Group': consumerGroups.streams, Topic: topics.submissions.name },
      period: Duration.minutes(1),
    });
    const stale = (id: string, bad: number, periods: number) =>
      this.#window({
        id: `balances-stale-${id}`,
        metric,
        above: STALE_AFTER_SECONDS,
        periods,
        bad,
        missing: BREACHING,
      });
    // Of an hour 0.86 minutes would do, of six hours 2.2: whole minutes are all that there is.
    return this.#level('balances-stale', {
      what: 'Some balance is more than ten seconds old: docs/runbooks/BalancesStale.md',
      rule: anyOf(stale('now', 2, 5), allOf(stale('6h', 3, 360), stale('30m', 1, 30))),
    });
  }

  #balancesWrong(): readonly cloudwatch.AlarmBase[] {
    const counted = (name: keyof typeof auditPatterns, period: Duration) =>
      new logs.MetricFilter(this, `audit-${name}`, {
        logGroup: logs.LogGroup.fromLogGroupName(this, `audit-${name}-log`, `/fluxo/${AUDITOR}`),
        filterPattern: logs.FilterPattern.literal(auditPatterns[name]),
        metricNamespace: 'Fluxo',
        metricName: `audit-${name}`,
      }).metric({ statistic: 'Sum', period });
    const wrong = new cloudwatch.Alarm(this, 'balances-wrong', {
      alarmName: 'fluxo-balances-wrong',
      alarmDescription: 'The audit has found differences: docs/runbooks/BalancesWrong.md',
      metric: counted('differences', Duration.minutes(1)),
      threshold: 0,
      comparisonOperator: GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: NOT_BREACHING,
    });
    return [wrong, this.#auditMissing(counted('whole', TEN_MINUTES))];
  }

  /**
   * An hour without a round that looked at everything. It begins with the auditor: until it has been there for as long, its first round may go on;
   * but one that is gone, or is started again and again, is not new. ECS says how much memory a service uses while there is a task of it.
   */
  #auditMissing(whole: cloudwatch.IMetric): cloudwatch.AlarmBase {
    const there = new cloudwatch.Metric({
      namespace: 'AWS/ECS',
      metricName: 'MemoryUtilization',
      dimensionsMap: { ClusterName: 'fluxo', ServiceName: AUDITOR },
      statistic: 'SampleCount',
      period: TEN_MINUTES,
    });
    const none = this.#lacking('audit-none', whole, { periods: 7, bad: 7 });
    const gone = this.#lacking('auditor-gone', there, { periods: 6, bad: 6 });
    const isNew = this.#lacking('auditor-new', there, { periods: 12, bad: 6 });
    const isOld = cloudwatch.AlarmRule.fromAlarm(isNew, cloudwatch.AlarmState.OK);
    return this.#level('audit-missing', {
      what: 'No audit has looked at everything for an hour: docs/runbooks/AuditMissing.md',
      rule: allOf(none, anyOf(isOld, gone)),
    });
  }

  /** Nothing of what should come, in so many of so many windows. */
  #lacking(
    id: string,
    metric: cloudwatch.IMetric,
    { periods, bad }: Pick<Window, 'periods' | 'bad'>,
  ): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, id, {
      alarmName: `fluxo-window-${id}`,
      metric,
      threshold: 1,
      comparisonOperator: LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: bad,
      treatMissingData: BREACHING,
    });
  }

  #window({ id, metric, above, periods, bad, missing }: Window): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, id, {
      alarmName: `fluxo-window-${id}`,
      metric,
      threshold: above,
      comparisonOperator: GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: bad,
      treatMissingData: missing,
    });
  }

  #level(
    id: string,
    { what, rule }: { readonly what: string; readonly rule: cloudwatch.IAlarmRule },
  ): cloudwatch.AlarmBase {
    return new cloudwatch.CompositeAlarm(this, id, {
      compositeAlarmName: `fluxo-${id}`,
      alarmDescription: what,
      alarmRule: rule,
    });
  }
}
