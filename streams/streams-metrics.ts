/** The engine's observer as metrics and log lines: what an operator sees of a processor. */
import { Counter, Gauge, Histogram, type Logger, type Registry } from '@fluxo/telemetry';
import { failureCodeOf } from './engine/errors.ts';
import type { EngineObserver } from './engine/observer.ts';

export function streamsObserver(registry: Registry, log: Logger): EngineObserver {
  const metrics = streamsMetrics(registry);
  const topicsRead = new Set<string>();
  return {
    assigned: (partitions) => {
      metrics.assignedPartitions.set(partitions.length);
      metrics.restoreRemaining.reset();
      log.info({ partitions }, 'assigned');
    },
    restoring: ({ partition, topic, remaining }) => {
      topicsRead.add(topic);
      metrics.restoreRemaining.set({ partition, topic }, Math.max(0, remaining));
    },
    restored: (done) => {
      // Only its own: others may be under way.
      for (const topic of topicsRead) metrics.restoreRemaining.remove({ partition: done.partition, topic });
      metrics.restoredRecords.inc(done.records);
      metrics.restoreSeconds.observe(done.durationMs / 1_000);
      log.info(done, 'restored');
    },
    checkpointed: (done) => {
      metrics.checkpointSeconds.observe(done.durationMs / 1_000);
      log.info(done, 'checkpoint written');
    },
    checkpointRefused: (partition, error) => {
      metrics.refusedCheckpoints.inc();
      log.warn(
        { partition, err: error },
        'the checkpoint is not trusted and removed; the topics alone are read instead',
      );
    },
    committed: (done) => {
      metrics.processedRecords.inc(done.records);
      metrics.publishedRecords.inc(done.outputs);
      metrics.commitSeconds.observe(done.durationMs / 1_000);
      metrics.transactionRecords.observe(done.records);
      metrics.transactionBytes.observe(done.outputBytes);
    },
    settled: ({ cause, outcome, error }) => {
      metrics.settledTransactions.inc({ cause, outcome });
      log.warn({ cause, outcome, err: error }, 'a transaction failed and was settled');
    },
    paused: (partition, pause, error) => {
      metrics.pauses.inc({ reason: pause.reason });
      log.error({ partition, reason: pause.reason, err: error }, pauseMessages[pause.reason]);
    },
    retrying: (what, error) => {
      metrics.retries.inc();
      if (failureCodeOf(error) === 'transaction-pending') {
        metrics.pendingTransactions.inc();
        log.error({ what, err: error }, 'held up by a transaction that does not end');
      } else log.warn({ what, err: error }, 'not reachable now, trying again');
    },
  };
}

const pauseMessages = {
  'clock-ahead':
    'paused: the next record is more than 10 minutes ahead of this clock; check the clocks of the broker and of this machine',
  'deadly-record': 'paused for good: processes have died of its next record again and again',
  'unreadable-batch': 'paused for good: the next batch in the log cannot be read',
  'temporarily-unavailable':
    'paused: the schema registry cannot be reached and a record names a schema not known yet',
} as const;

function streamsMetrics(registry: Registry) {
  const registers = [registry];
  return {
    assignedPartitions: new Gauge({
      name: 'fluxo_streams_assigned_partitions',
      help: 'Partitions this process folds.',
      registers,
    }),
    restoredRecords: new Counter({
      name: 'fluxo_streams_restored_records_total',
      help: 'Output records read back to rebuild state.',
      registers,
    }),
    restoreRemaining: new Gauge({
      name: 'fluxo_streams_restore_remaining_records',
      help: 'Offsets still to be read back from the topic before the partition goes on; there only while it is restored.',
      labelNames: ['partition', 'topic'],
      registers,
    }),
    restoreSeconds: new Histogram({
      name: 'fluxo_streams_restore_seconds',
      help: 'Rebuilding the state of a partition.',
      buckets: [0.01, 0.1, 0.5, 1, 5, 30, 120],
      registers,
    }),
    checkpointSeconds: new Histogram({
      name: 'fluxo_streams_checkpoint_seconds',
      help: 'Writing a checkpoint of a partition, in the background.',
      buckets: [0.01, 0.1, 0.5, 1, 5, 30],
      registers,
    }),
    refusedCheckpoints: new Counter({
      name: 'fluxo_streams_refused_checkpoints_total',
      help: 'Checkpoints that were not trusted: the partition was restored from the topics alone.',
      registers,
    }),
    processedRecords: new Counter({
      name: 'fluxo_streams_processed_records_total',
      help: 'Submissions in committed transactions.',
      registers,
    }),
    publishedRecords: new Counter({
      name: 'fluxo_streams_published_records_total',
      help: 'Output records in committed transactions.',
      registers,
    }),
    commitSeconds: new Histogram({
      name: 'fluxo_streams_commit_seconds',
      help: 'From the first request of a transaction to its commit.',
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
      registers,
    }),
    transactionRecords: new Histogram({
      name: 'fluxo_streams_transaction_records',
      help: 'Submissions per transaction.',
      buckets: [1, 10, 100, 1_000, 5_000, 10_000, 20_000],
      registers,
    }),
    transactionBytes: new Histogram({
      name: 'fluxo_streams_transaction_bytes',
      help: 'Bytes of output records per transaction.',
      buckets: [1_024, 16_384, 131_072, 1_048_576, 4_194_304, 16_777_216],
      registers,
    }),
    settledTransactions: new Counter({
      name: 'fluxo_streams_settled_transactions_total',
      help: 'Transactions that failed, by cause and by what became of them.',
      labelNames: ['cause', 'outcome'],
      registers,
    }),
    pauses: new Counter({
      name: 'fluxo_streams_pauses_total',
      help: 'Times a partition had to wait.',
      labelNames: ['reason'],
      registers,
    }),
    pendingTransactions: new Counter({
      name: 'fluxo_streams_pending_transactions_total',
      help: 'Times this process had waited half a minute for a transaction that does not end; alert on any.',
      registers,
    }),
    retries: new Counter({
      name: 'fluxo_streams_retries_total',
      help: 'Times something could not be reached and was tried again.',
      registers,
    }),
  };
}
