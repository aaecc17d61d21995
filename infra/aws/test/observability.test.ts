/** Who is told of what: the levels that users notice and the ground they stand on, each by an alarm that reaches somebody and names its page. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { AuditResult } from '@fluxo/audit';
import { verdictOf } from '../../../cli/audit-watch.ts';
import { figureFields } from '../observability/own-figures.ts';
import { auditPatterns } from '../observability/service-levels.ts';
import { containers, everything, of, resourcesOf } from './templates.ts';

const nameOf = ({ AlarmName }: Readonly<Record<string, unknown>>) => String(AlarmName);
const composites = () =>
  Object.values(resourcesOf('observability', 'AWS::CloudWatch::CompositeAlarm')).map(
    ({ Properties }) => Properties,
  );
const single = () =>
  Object.values(resourcesOf('observability', 'AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);

describe('alarms', () => {
  test('tell somebody when they begin and when they end, but for windows, which are parts of others', () => {
    for (const alarm of [...composites(), ...single()]) {
      const told = [alarm['AlarmActions'], alarm['OKActions']].map(
        (each) => (each as unknown[])?.length ?? 0,
      );
      assert.deepEqual(told, /^fluxo-window-/.test(nameOf(alarm)) ? [0, 0] : [1, 1], nameOf(alarm));
    }
  });

  test('that take a release back are told as well', () => {
    const failing = Object.values(resourcesOf('services', 'AWS::CloudWatch::Alarm')).map(({ Properties }) =>
      nameOf(Properties),
    );
    assert.equal(failing.length, 4);
    const told = JSON.stringify(composites().map(({ AlarmRule }) => AlarmRule));
    for (const name of failing)
      assert.match(told, new RegExp(`fluxo-services:ExportsOutput.*${name.split('-')[1]}`), name);
  });

  test('name pages that are there', () => {
    const described = [
      ...composites(),
      ...single(),
      ...everything('AWS::CloudWatch::Alarm').map((a) => a.Properties),
    ];
    const pages = described.flatMap(({ AlarmDescription }) =>
      [...String(AlarmDescription ?? '').matchAll(/(\w+)\.md/g)].map(([, page]) => page),
    );
    assert.ok(pages.length > 10);
    for (const page of pages)
      assert.ok(existsSync(new URL(`../../../docs/runbooks/${page}.md`, import.meta.url)), page);
  });
});

/** Figures of MSK by its own table ("Amazon MSK metrics for monitoring Standard brokers"): of the cluster, and of each broker by itself. */
const ofTheCluster = new Set(['OfflinePartitionsCount']);
const ofABroker = new Set([
  'KafkaDataLogsDiskUsed',
  'UnderMinIsrPartitionCount',
  'UnderReplicatedPartitions',
]);

type Figure = {
  readonly Namespace?: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
};
type Looking = Figure & {
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Figure } }[];
};

test('figures of MSK are asked for by the dimensions that they have, else an alarm never sees one', () => {
  const alarms = single() as unknown as readonly Looking[];
  const figures = alarms
    .flatMap((alarm) => alarm.Metrics?.map(({ MetricStat }) => MetricStat?.Metric) ?? [alarm])
    .filter((figure) => figure?.Namespace === 'AWS/Kafka') as readonly Figure[];
  assert.ok(figures.filter(({ MetricName }) => ofABroker.has(MetricName)).length >= 9);
  for (const { MetricName, Dimensions = [] } of figures) {
    const names = Dimensions.map(({ Name }) => Name).toSorted();
    if (ofABroker.has(MetricName)) assert.deepEqual(names, ['Broker ID', 'Cluster Name'], MetricName);
    if (ofTheCluster.has(MetricName)) assert.deepEqual(names, ['Cluster Name'], MetricName);
  }
});

test('the memory of Redis is asked for of each node, by its name: of the group there is no such figure', () => {
  const [redis] = everything('AWS::ElastiCache::ReplicationGroup').map(({ Properties }) => Properties);
  const names = Array.from(
    { length: Number(redis?.['NumCacheClusters']) },
    (_, index) => `${redis?.['ReplicationGroupId']}-00${index + 1}`,
  );
  const figures = (single() as unknown as readonly Looking[]).filter(
    ({ Namespace }) => Namespace === 'AWS/ElastiCache',
  );
  assert.deepEqual(
    figures.map(({ MetricName, Dimensions }) => [MetricName, Dimensions]),
    names.map((Value) => ['DatabaseMemoryUsagePercentage', [{ Name: 'CacheClusterId', Value }]]),
  );
});

describe('the service levels', () => {
  test('are all three watched', () => {
    const names = [...composites(), ...single()].map(nameOf);
    for (const name of [
      'entries-not-accepted',
      'entries-api-gone',
      'balances-stale',
      'balances-wrong',
      'audit-missing',
    ])
      assert.ok(names.includes(`fluxo-${name}`), name);
  });

  test('entries burn the month’s budget over two windows each, by both groups of targets', () => {
    const thresholds = Object.fromEntries(
      single()
        .filter((alarm) => /window-entries/.test(nameOf(alarm)))
        .map((alarm) => [nameOf(alarm).split('-').at(-1), Math.round(Number(alarm['Threshold']) * 100)]),
    );
    assert.deepEqual(thresholds, { '1h': 144, '5m': 144, '6h': 60, '30m': 60 });
    const metrics = JSON.stringify(
      single().filter((alarm) => /window-entries-refused-1h/.test(nameOf(alarm))),
    );
    assert.equal(metrics.match(/HTTPCode_Target_5XX_Count/g)?.length, 2);
    assert.match(metrics, /"Period":3600/);
  });

  test('a processor that shows no lag is not quick, and an entries API that nobody counts is gone', () => {
    for (const name of [
      'fluxo-window-balances-stale-now',
      'fluxo-entries-api-gone',
      'fluxo-window-audit-none',
    ])
      of('observability').hasResourceProperties('AWS::CloudWatch::Alarm', {
        AlarmName: name,
        TreatMissingData: 'breaching',
      });
  });

  describe('the hour without an audit', () => {
    /** Whether so many ten minutes without a figure are too many; the latest stands last, and before the first nothing came. */
    function isLacking(id: string, came: string): boolean {
      const alarm = single().find((each) => nameOf(each) === `fluxo-window-${id}`);
      assert.equal(alarm?.['TreatMissingData'], 'breaching');
      const periods = Number(alarm['EvaluationPeriods']);
      const seen = came.padStart(periods, '-').slice(-periods);
      return seen.replaceAll('x', '').length >= Number(alarm['DatapointsToAlarm']);
    }

    const isTold = (there: string, whole: string): boolean =>
      isLacking('audit-none', whole) &&
      (!isLacking('auditor-new', there) || isLacking('auditor-gone', there));

    test('is told by that rule', () => {
      const missing = composites().find((alarm) => nameOf(alarm) === 'fluxo-audit-missing');
      const rule = JSON.stringify(missing?.['AlarmRule']);
      assert.match(rule, /\(ALARM.*auditnone.* AND \(OK.*auditornew.* OR ALARM.*auditorgone/);
    });

    test('begins with the auditor, whose first round may go on as long', () => {
      assert.equal(isTold('x', '-'), false);
      assert.equal(isTold('xxxxxx', '------'), false);
      assert.equal(isTold('xxxxxxx', '-------'), true);
    });

    test('is over with a round that looked at everything', () => {
      assert.equal(isTold('x'.repeat(12), '-----x------'), false);
      assert.equal(isTold('x'.repeat(12), '----x-------'), true);
    });

    test('is told also where the auditor is gone, or is started again and again', () => {
      assert.equal(isTold('xxxxxx------', 'xxxxx-------'), true);
      assert.equal(isTold('xxxxxxx-----', 'xxxxxx------'), false);
      assert.equal(isTold('x-xx-x-xxx-x', '------------'), true);
    });
  });
});

describe('what only programs of ours know', () => {
  const filters = () =>
    everything('AWS::Logs::MetricFilter')
      .map(({ Properties }) => Properties)
      .filter(({ FilterPattern }) => String(FilterPattern).startsWith('{'));
  const source = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

  test('is taken from the logs of all who write it, by the field that they write', () => {
    const taken = filters().map(({ LogGroupName, FilterPattern, MetricTransformations }) => [
      LogGroupName,
      FilterPattern,
      MetricTransformations,
    ]);
    const expected = (program: string, field: string) => [
      `/fluxo/${program}`,
      `{ $.${field} = "*" }`,
      [{ MetricNamespace: 'Fluxo', MetricName: field, MetricValue: `$.${field}` }],
    ];
    assert.deepEqual(taken, [
      expected('query-api', 'viewLagSeconds'),
      expected('outbox-relay-1', 'outboxAgeSeconds'),
      expected('outbox-relay-2', 'outboxAgeSeconds'),
    ]);
    for (const [path, field, gauge] of [
      ['query-api/main.ts', figureFields.viewLag, 'fluxo_lag_seconds'],
      ['entries-api/relay/main.ts', figureFields.outboxAge, 'fluxo_relay_outbox_age_seconds'],
    ] as const)
      assert.ok(source(path).includes(`gauges: { ${field}: '${gauge}' }`), path);
  });

  test('is written each minute by exactly those programs', () => {
    const telling = [...containers()]
      .filter(([, { Environment = [] }]) =>
        Environment.some(({ Name, Value }) => Name === 'FLUXO_FIGURES_SECONDS' && Value === '60'),
      )
      .map(([, { Command }]) => String(Command?.[1]));
    assert.deepEqual(telling.toSorted(), [
      'entries-api/relay/main.ts',
      'entries-api/relay/main.ts',
      'query-api/main.ts',
    ]);
  });

  test('is an alarm where it is too much for minutes, or nobody says it', () => {
    for (const [name, field, threshold] of [
      ['query-api-behind', 'viewLagSeconds', 10],
      ['outbox-not-drained', 'outboxAgeSeconds', 60],
    ] as const)
      of('observability').hasResourceProperties('AWS::CloudWatch::Alarm', {
        AlarmName: `fluxo-${name}`,
        Namespace: 'Fluxo',
        MetricName: field,
        Statistic: 'Maximum',
        Period: 60,
        Threshold: threshold,
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationPeriods: 5,
        DatapointsToAlarm: 3,
        TreatMissingData: 'breaching',
      });
  });
});

describe('what the audit says of a round', () => {
  const round = (differences: number, notJudged: readonly string[] = []): string => {
    const views = notJudged.map((view) => ({ view, kind: 'not-judged' as const, reason: '' }));
    const partitions = [{ partition: 0, nextOffset: 12_000, endOffset: 12_345 }];
    const result = {
      counts: { submissions: 12_000 },
      differences: { count: differences },
      views,
      partitions,
    };
    return `2026-11-26T20:00:00.000Z ${verdictOf(result as unknown as AuditResult)}`;
  };
  const matches = (pattern: keyof typeof auditPatterns, line: string) =>
    new RegExp(auditPatterns[pattern].slice(1, -1)).test(line);

  test('is an alarm where anything differs', () => {
    for (const count of [1, 7, 10, 1_234]) assert.ok(matches('differences', round(count)), round(count));
    assert.ok(!matches('differences', round(0)), round(0));
    assert.ok(!matches('differences', round(0, ['Redis'])));
    assert.ok(!matches('differences', '2026-11-26T20:00:00.000Z could not run'));
  });

  test('counts as a round only if it has looked at everything', () => {
    for (const count of [0, 1, 1_234]) assert.ok(matches('whole', round(count)), round(count));
    assert.ok(!matches('whole', round(0, ['query API'])), round(0, ['query API']));
    assert.ok(!matches('whole', '2026-11-26T20:00:00.000Z could not run'));
  });

  test('is found by expressions of which CloudWatch knows every sign', () => {
    for (const pattern of Object.values(auditPatterns))
      assert.match(pattern, /^%[A-Za-z0-9_#=@/;,^$?[\]{}|\\*+.-]+%$/);
    const asked = everything('AWS::Logs::MetricFilter').map(({ Properties }) =>
      String(Properties['FilterPattern']),
    );
    assert.deepEqual(
      asked.filter((pattern) => !pattern.startsWith('{')),
      Object.values(auditPatterns),
    );
  });
});
