/** How long a query API needs until it can answer from memory: its view loaded from the topics of a real broker. */

import type { TopicCodec } from '@fluxo/kafka';
import { type LogTail, MemoryView, TopicFeed } from '@fluxo/query-api';

export type ViewLoad = {
  readonly records: number;
  readonly seconds: number;
  readonly documents: number;
  /** What the documents themselves take, outside the JavaScript heap. */
  readonly documentMb: number;
  /** What the whole view takes, its index and its merchants included. */
  readonly memoryMb: number;
};

export type ViewLoadOptions = {
  readonly log: LogTail;
  readonly codecs: { readonly dailyBalances: TopicCodec; readonly merchants: TopicCodec };
  /** Of each topic. */
  readonly partitions: number;
  readonly collectGarbage: () => void;
};

/** Loads a view and lets it go. */
export async function loadView({
  log,
  codecs,
  partitions,
  collectGarbage,
}: ViewLoadOptions): Promise<ViewLoad> {
  collectGarbage();
  const before = process.memoryUsage();
  const view = new MemoryView(() => {
    throw new Error('this benchmark reads no document');
  });
  let loaded = { records: 0, durationMs: 0 };
  const feed = new TopicFeed({
    log,
    codecs,
    view,
    partitions: Array.from({ length: partitions }, (_, partition) => partition),
    observer: {
      applied: () => undefined,
      loaded: (done) => {
        loaded = done;
        feed.stop();
      },
      skipped: (record) => {
        throw new Error(`a record could not be read: ${JSON.stringify(record)}`);
      },
      retrying: (error) => console.error(error),
    },
  });
  await feed.run();
  collectGarbage();
  const after = process.memoryUsage();
  const used = after.heapUsed + after.external - before.heapUsed - before.external;
  return {
    records: loaded.records,
    seconds: Number((loaded.durationMs / 1_000).toPrecision(3)),
    documents: view.size.documents,
    documentMb: Math.round(view.size.documentBytes / 2 ** 20),
    memoryMb: Math.round(used / 2 ** 20),
  };
}
