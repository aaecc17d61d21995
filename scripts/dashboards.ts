/**
 * The dashboards of Grafana, as code: a table of panels each, from which `npm run generate` writes `infra/observability/grafana/dashboards/`.
 * Every query is run against a stack by `test/faults/alerts-fire.test.ts`, and must bring data there.
 */
import { dashboardOf, graph, number, type Panel, table } from './dashboard-panels.ts';

type Dashboard = { readonly title: string; readonly about: string; readonly panels: readonly Panel[] };

/** Of every route; the questions of operators are not what people wait for. */
const REQUESTS = 'fluxo_http_requests_total{route!~"/livez|/readyz|/metrics"}';
const quantile = (share: number, histogram: string, by: string, selector = '') =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${histogram}_bucket${selector}[5m])))`;

export const dashboards: Readonly<Record<string, Dashboard>> = {
  overview: {
    title: 'Fluxo / Overview',
    about: 'Do the two service levels hold, and if not, where to look next.',
    panels: [
      number('Entries not accepted, 1 h', 'percentunit', 'fluxo:entries_refused:ratio1h'),
      number('Balances stale, 1 h', 'percentunit', 'fluxo:balances_stale:ratio1h'),
      number('Alerts that fire', 'short', 'count(ALERTS{alertstate="firing",severity!="none"}) or vector(0)'),
      number('Processes ready', 'short', 'sum(fluxo_ready)'),
      graph('How old balances are', 's', {
        processor: 'max(fluxo_lag_seconds{job="streams"})',
        'query API': 'max(fluxo_lag_seconds{job="query-api"})',
      }),
      graph('Submissions', 'ops', {
        processed: 'sum(rate(fluxo_streams_processed_records_total[5m]))',
        'refused, {{code}}': 'sum by (code) (rate(fluxo_streams_rejections_total[5m])) or vector(0)',
        duplicates: 'sum(rate(fluxo_streams_duplicates_total[5m]))',
      }),
      graph('Requests', 'reqps', { '{{job}} {{status}}': `sum by (job, status) (rate(${REQUESTS}[5m]))` }),
      graph('Memory', 'bytes', {
        '{{instance}}': 'process_resident_memory_bytes{job!~"prometheus|alertmanager"}',
      }),
      graph('Processors in use', 'short', { '{{instance}}': 'rate(process_cpu_seconds_total[5m])' }),
      graph('Event loop late, p99', 's', { '{{instance}}': 'nodejs_eventloop_lag_p99_seconds' }),
    ],
  },
  pipeline: {
    title: 'Fluxo / Pipeline',
    about: 'From the outbox to the stores: who is behind, and what a transaction and a write cost.',
    panels: [
      graph('Outbox', 's', { 'oldest entry': 'max(fluxo_relay_outbox_age_seconds)' }),
      graph('Out of the outbox', 'ops', { '{{instance}}': 'rate(fluxo_relay_published_total[5m])' }),
      graph('Processor behind, by partition', 's', { '{{partition}}': 'fluxo_lag_seconds{job="streams"}' }),
      graph('Sinks behind', 's', {
        '{{job}} {{topic}}': 'max by (job, topic) (fluxo_lag_seconds{job=~"sink-.*"})',
      }),
      graph('Commit', 's', {
        p50: quantile(0.5, 'fluxo_streams_commit_seconds', 'job'),
        p99: quantile(0.99, 'fluxo_streams_commit_seconds', 'job'),
      }),
      graph('Submissions per transaction', 'short', {
        mean: 'sum(rate(fluxo_streams_transaction_records_sum[5m])) / sum(rate(fluxo_streams_transaction_records_count[5m]))',
        p99: quantile(0.99, 'fluxo_streams_transaction_records', 'job'),
      }),
      graph('Bytes per transaction', 'bytes', {
        p99: quantile(0.99, 'fluxo_streams_transaction_bytes', 'job'),
      }),
      graph('Restore', 'short', {
        'to be read back': 'sum(fluxo_streams_restore_remaining_records) or vector(0)',
        'partitions owned': 'sum(fluxo_streams_assigned_partitions)',
      }),
      graph('Write into a store, p99', 's', {
        '{{job}} {{topic}}': quantile(0.99, 'fluxo_sink_write_seconds', 'job, topic'),
      }),
      graph('Records per write', 'short', {
        '{{job}} {{topic}}':
          'sum by (job, topic) (rate(fluxo_sink_write_records_sum[5m])) / sum by (job, topic) (rate(fluxo_sink_write_records_count[5m]))',
      }),
      graph('Kept out by the revision guard', 'ops', {
        '{{job}} {{topic}}': 'sum by (job, topic) (rate(fluxo_sink_refused_total[5m]))',
      }),
      graph('Tried again', 'ops', {
        '{{instance}}':
          'rate(fluxo_streams_retries_total[5m]) or sum by (instance) (rate(fluxo_sink_retries_total[5m])) or sum by (instance) (rate(fluxo_relay_retries_total[5m])) or rate(fluxo_query_view_retries_total[5m])',
      }),
    ],
  },
  'read-side': {
    title: 'Fluxo / Read side',
    about: 'What callers of the query API get, from which view, and how quickly.',
    panels: [
      graph('Answers by view', 'reqps', {
        '{{tier}}': 'sum by (tier) (rate(fluxo_query_answers_total[5m]))',
      }),
      graph('Requests by route', 'reqps', {
        '{{route}}': 'sum by (route) (rate(fluxo_http_requests_total{job="query-api"}[5m]))',
      }),
      graph('Duration by route, p99', 's', {
        '{{route}}': quantile(0.99, 'fluxo_http_request_duration_seconds', 'route', '{job="query-api"}'),
      }),
      graph('Failures', 'reqps', {
        '{{job}}':
          'sum by (job) (rate(fluxo_http_requests_total{job=~"query-api|bff",status=~"5.."}[5m])) or vector(0)',
      }),
      graph('Memory view behind', 's', {
        '{{topic}}': 'max by (topic) (fluxo_lag_seconds{job="query-api"})',
      }),
      graph('Views left alone', 'short', { '{{tier}}': 'fluxo_query_tier_open' }),
      number('Merchants in memory', 'short', 'max(fluxo_query_view_merchants)'),
      number('Documents in memory', 'short', 'max(fluxo_query_view_documents)'),
      number('Memory for documents', 'bytes', 'max(fluxo_query_view_document_bytes)'),
      number('Records left out', 'short', 'sum(fluxo_query_view_skipped_total)'),
    ],
  },
  kafka: {
    title: 'Fluxo / Kafka',
    about: 'Kafka as its clients see it, and as its brokers say themselves where somebody asks them.',
    panels: [
      number(
        'Partitions without a leader',
        'short',
        'max(kafka_controller_kafkacontroller_offlinepartitionscount)',
      ),
      number(
        'With too few copies to write',
        'short',
        'sum(kafka_server_replicamanager_underminisrpartitioncount)',
      ),
      number('Copies not in sync', 'short', 'sum(kafka_server_replicamanager_underreplicatedpartitions)'),
      number('Active controllers', 'short', 'sum(kafka_controller_kafkacontroller_activecontrollercount)'),
      number('Brokers fenced', 'short', 'max(kafka_controller_kafkacontroller_fencedbrokercount)'),
      number('Disks given up', 'short', 'sum(kafka_log_logmanager_offlinelogdirectorycount)'),
      graph('Offsets behind', 'short', { '{{job}} {{topic}}': 'sum by (job, topic) (fluxo_lag_records)' }),
      graph('Partitions owned', 'short', {
        '{{instance}}':
          'fluxo_streams_assigned_partitions or sum by (instance) (fluxo_sink_assigned_partitions)',
      }),
      graph('Records in transactions', 'ops', {
        read: 'sum(rate(fluxo_streams_processed_records_total[5m]))',
        written: 'sum(rate(fluxo_streams_published_records_total[5m]))',
      }),
      graph('Transactions', 'ops', {
        committed: 'sum(rate(fluxo_streams_commit_seconds_count[5m]))',
        'failed, {{cause}}: {{outcome}}':
          'sum by (cause, outcome) (rate(fluxo_streams_settled_transactions_total[5m])) or vector(0)',
      }),
      graph('Commit, p99', 's', {
        '{{instance}}': quantile(0.99, 'fluxo_streams_commit_seconds', 'instance'),
      }),
      graph('Waits for a transaction that does not end', 'short', {
        '{{instance}}': 'fluxo_streams_pending_transactions_total',
      }),
      graph('Partitions that had to wait', 'ops', {
        '{{reason}}': 'sum by (reason) (rate(fluxo_streams_pauses_total[5m])) or vector(0)',
      }),
      graph('Requests by the brokers’ clocks, p99', 'ms', {
        '{{request}}': 'max by (request) (kafka_network_requestmetrics_totaltimems{quantile="0.99"})',
      }),
      graph('Requests by the brokers’ clocks, p50', 'ms', {
        '{{request}}': 'max by (request) (kafka_network_requestmetrics_totaltimems{quantile="0.50"})',
      }),
      graph('Answers that are errors', 'ops', {
        '{{request}} {{error}}':
          'sum by (request, error) (rate(kafka_network_requestmetrics_errors_total{error!="NONE"}[5m])) > 0 or vector(0)',
      }),
      graph('Answers', 'ops', {
        '{{request}}': 'topk(8, sum by (request) (rate(kafka_network_requestmetrics_errors_total[5m])))',
      }),
      graph('Through the brokers', 'Bps', {
        'in, {{instance}}': 'rate(kafka_server_brokertopicmetrics_bytesin_total[5m])',
        'out, {{instance}}': 'rate(kafka_server_brokertopicmetrics_bytesout_total[5m])',
      }),
      graph('Request handlers idle', 'percentunit', {
        '{{instance}}': 'kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent',
      }),
      graph('On disk, by topic', 'bytes', {
        '{{topic}}': 'sum by (topic) (kafka_log_log_size)',
      }),
      graph('Copies that fell out of sync, and came back', 'ops', {
        'out, {{instance}}': 'rate(kafka_server_replicamanager_isrshrinks_total[5m])',
        'back, {{instance}}': 'rate(kafka_server_replicamanager_isrexpands_total[5m])',
      }),
    ],
  },
  merchant: {
    title: 'Fluxo / One merchant',
    about:
      'One merchant, from the read tables: a metric with a label for each of them would be a hundred thousand series.',
    panels: [
      table(
        'Days',
        "SELECT business_date, revision, recorded_at FROM fluxo.daily_balances WHERE merchant_id = '$merchant' ORDER BY business_date DESC LIMIT 60",
      ),
      table(
        'Accounts, latest day',
        "SELECT * FROM fluxo.balance_accounts WHERE merchant_id = '$merchant' ORDER BY business_date DESC LIMIT 20",
      ),
      table(
        'Last entries',
        "SELECT ledger_seq, recorded_at, kind, direction, amount_minor, currency, account_id, business_date FROM fluxo.ledger WHERE merchant_id = '$merchant' ORDER BY ledger_seq DESC LIMIT 100",
      ),
      table(
        'Entries by hour',
        "SELECT date_trunc('hour', recorded_at) AS hour, count(*) AS entries FROM fluxo.ledger WHERE merchant_id = '$merchant' GROUP BY 1 ORDER BY 1 DESC LIMIT 48",
      ),
      table(
        'Refused',
        "SELECT recorded_at, code, detail, submission_id FROM fluxo.rejections WHERE merchant_id = '$merchant' ORDER BY recorded_at DESC LIMIT 50",
      ),
    ],
  },
};

/** The files of `infra/observability/grafana/dashboards/` by their name. */
export function dashboardFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(dashboards).map(([name, dashboard]) => [
      `${name}.json`,
      `${JSON.stringify(dashboardOf(name, dashboard), null, 2)}\n`,
    ]),
  );
}
