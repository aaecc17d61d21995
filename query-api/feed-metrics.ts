/** The views, and the feed of the one in memory, as metrics and log lines. */
import { Counter, Gauge, type Logger, type ReaderPosition, type Registry } from '@fluxo/telemetry';
import type { GuardedView } from './views/guarded-view.ts';
import type { MemoryView } from './views/memory/memory-view.ts';
import type { FeedObserver, TopicFeed } from './views/memory/topic-feed.ts';

export function feedObserver(registry: Registry, log: Logger): FeedObserver {
  const registers = [registry];
  const applied = new Counter({
    name: 'fluxo_query_view_records_total',
    help: 'Records read into the memory view.',
    registers,
  });
  const skipped = new Counter({
    name: 'fluxo_query_view_skipped_total',
    help: 'Records that could not be read; each is a key that may show an old state.',
    registers,
  });
  const retries = new Counter({
    name: 'fluxo_query_view_retries_total',
    help: 'Times the cluster or the registry could not be reached.',
    registers,
  });
  return {
    applied: (_, records) => applied.inc(records.length),
    loaded: (done) => log.info(done, 'the memory view is loaded'),
    skipped: (record) => {
      skipped.inc();
      log.error(
        record,
        'a record cannot be read and is left out; its key may show an old state: upgrade or repair it',
      );
    },
    retrying: (error) => {
      retries.inc();
      log.warn({ err: error }, 'the topics cannot be followed now, answering with what there is');
    },
  };
}

/** Where the feed stands in all it follows. */
export function positionsOf(feed: TopicFeed): readonly ReaderPosition[] {
  return [...feed.positions].flatMap(([topic, partitions]) =>
    [...partitions].map(([partition, nextOffset]) => {
      const waitingSinceMs = feed.waitingSinceMs(topic, partition);
      return { topic, partition, nextOffset, waitingSinceMs };
    }),
  );
}

/** How large the view is, asked for when the metrics are. */
export function registerViewSize(registry: Registry, view: MemoryView): void {
  const gauge = (name: string, help: string, size: () => number): void => {
    const metric = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(size());
      },
    });
    registry.registerMetric(metric);
  };
  gauge('fluxo_query_view_loaded', '1: the memory view answers.', () => Number(view.isLoaded));
  gauge('fluxo_query_view_merchants', 'Merchants in the memory view.', () => view.size.merchants);
  gauge('fluxo_query_view_documents', 'Documents in the memory view.', () => view.size.documents);
  gauge('fluxo_query_view_document_bytes', 'Memory taken for documents.', () => view.size.documentBytes);
}

/** Which of the views behind the memory are left alone because they have failed too often. */
export function registerTiers(registry: Registry, views: readonly GuardedView[]): void {
  const open = new Gauge({
    name: 'fluxo_query_tier_open',
    help: '1: the view behind has failed too often and is not asked for the moment.',
    labelNames: ['tier'],
    registers: [],
    collect() {
      for (const view of views) this.set({ tier: view.tier }, Number(view.isOpen));
    },
  });
  registry.registerMetric(open);
}
