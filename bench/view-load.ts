/** How long a query API needs until it can answer from memory: its view loaded from the topics of a real broker. */

import type { TopicCodec } from '@fluxo/kafka';
import { type LogTail, MemoryView, TopicFeed } from '@fluxo/query-api';

export type ViewLoad = {
  readonly records: number;
  readonly seconds: number;
  readonly documents: number;
  /** What the documents themselves take, outside the JavaScript heap. */
  readonly documentMb: number;
};

/** Loads a view and lets it go. */
export async function loadView(
  log: LogTail,
  codecs: { readonly dailyBalances: TopicCodec; readonly merchants: TopicCodec },
): Promise<ViewLoad> {
  const view = new MemoryView(() => {
    throw new Error('this benchmark reads no document');
  });
  let loaded = { records: 0, durationMs: 0 };
  const feed = new TopicFeed({
    log,
    codecs,
    view,
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
  return {
    records: loaded.records,
    seconds: Number((loaded.durationMs / 1_000).toPrecision(3)),
    documents: view.size.documents,
    documentMb: Math.round(view.size.documentBytes / 2 ** 20),
  };
}
