/** How long a query API needs until it can answer from memory: its view loaded from the topics of a real broker. */

import { setTimeout as sleep } from 'node:timers/promises';
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
  const before = await memoryInUse(collectGarbage);
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
  const used = (await memoryInUse(collectGarbage)) - before;
  return {
    records: loaded.records,
    seconds: Number((loaded.durationMs / 1_000).toPrecision(3)),
    documents: view.size.documents,
    documentMb: Math.round(view.size.documentBytes / 2 ** 20),
    memoryMb: Math.round(used / 2 ** 20),
  };
}

/** Bytes. What was let go is given back in the background, so it is collected, waited for, and collected again. */
async function memoryInUse(collectGarbage: () => void): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    collectGarbage();
    await sleep(500);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
