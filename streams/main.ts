/**
 * The processor as a process: one or more stream threads (FLUXO_STREAM_THREADS), each a static member of the group under a name of
 * its own that comes from the process's (FLUXO_INSTANCE), so that a restart takes over from itself within seconds; and one port on which
 * they say together how they are. Runs until SIGTERM, or until one of them cannot go on. Where FLUXO_CHECKPOINTS names a folder,
 * remembered ids are kept there as well, and a restart does not read them from the ledger again.
 */
import { StreamThread, threadName } from './threads/stream-thread.ts';
import { streamThreads } from './threads/thread-count.ts';

const environment = process.env;
const instance = environment['FLUXO_INSTANCE'] ?? 'streams-1';

const threads = Array.from(
  { length: streamThreads(environment['FLUXO_STREAM_THREADS']) },
  (_, index) => new StreamThread({ instance: threadName(instance, index + 1), isFirst: index === 0 }),
);
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    for (const thread of threads) thread.stop();
  });

// Loaded only now: meanwhile the threads load what they need, which takes them longer.
const telemetry = import('@fluxo/telemetry');
const ended = Promise.all(threads.map((thread) => thread.ended));
ended.catch(async (error: unknown) => {
  const { createLogger } = await telemetry;
  createLogger(instance).fatal({ err: error }, 'cannot go on');
  // At once: whoever watches processes starts another, which takes over from all threads of this one.
  process.exit(1);
});
const { endHealthServer, SummedRegistry, startHealthServer } = await telemetry;
const health = await startHealthServer({
  port: Number(environment['FLUXO_HTTP_PORT'] ?? 0),
  metrics: new SummedRegistry(() => Promise.all(threads.map((thread) => thread.metrics()))),
  readiness: async () => {
    const all = await Promise.all(threads.map((thread) => thread.readiness()));
    return {
      ready: all.every(({ ready }) => ready),
      positions: Object.assign({}, ...all.map(({ positions }) => positions)),
    };
  },
});
await ended;
endHealthServer(health);
