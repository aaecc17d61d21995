import { createLogger, Registry } from '@fluxo/telemetry';
import { expect, test } from '@jest/globals';
import { streamsObserver } from './streams-metrics.ts';

const done = { records: 9, durationMs: 1, position: 9, checkpointPosition: null };

test('what remains to be restored is told of every partition until it is restored itself', async () => {
  const registry = new Registry();
  const observer = streamsObserver(registry, createLogger('test', 'silent'));
  const told = async () =>
    (await registry.metrics()).match(/(?<=^fluxo_streams_restore_remaining_records).*$/gm) ?? [];
  observer.assigned([0, 1]);
  observer.restoring({ partition: 0, topic: 'merchants', remaining: 0 });
  observer.restoring({ partition: 0, topic: 'ledger', remaining: 4 });
  observer.restoring({ partition: 1, topic: 'ledger', remaining: 7 });
  expect(await told()).toEqual([
    '{partition="0",topic="merchants"} 0',
    '{partition="0",topic="ledger"} 4',
    '{partition="1",topic="ledger"} 7',
  ]);
  observer.restored({ partition: 0, ...done });
  expect(await told()).toEqual(['{partition="1",topic="ledger"} 7']);
  observer.restored({ partition: 1, ...done });
  expect(await told()).toEqual([]);
});
