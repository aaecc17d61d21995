import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { allTopics, topics } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import { captureTerminal } from '../captured-terminal.ts';
import { diagnose, fail, ok } from '../doctor/check.ts';
import { lateVerdict, registryCheck } from '../doctor/kafka-checks.ts';
import {
  absentKinds,
  aheadOf,
  clockVerdict,
  diskVerdict,
  holdsRecordsAfter,
} from '../doctor/machine-checks.ts';
import { memoryVerdict, stateVerdicts } from '../doctor/store-checks.ts';
import { runCli } from '../run-cli.ts';
import { diagnosisText } from './doctor.ts';

const GIB = 1024 ** 3;
const states = (verdicts: readonly { readonly state: string }[]) => verdicts.map(({ state }) => state);

describe('a check', () => {
  test('that throws is a failure with advice, and ends nothing', async () => {
    const check = { name: 'x', advice: 'start it', look: () => Promise.reject(new Error('refused')) };
    expect(await diagnose(check)).toEqual([{ check: 'x', verdict: fail('refused', 'start it') }]);
    const wise = { ...check, look: () => Promise.reject(new Error('gone\nlook here\nor there')) };
    expect(await diagnose(wise)).toEqual([{ check: 'x', verdict: fail('gone', 'look here or there') }]);
  });

  test('is a line, and what to do is a line below it', () => {
    expect(diagnosisText({ check: 'Redis', verdict: ok('answers') })).toEqual([
      'ok    Redis             answers',
    ]);
    expect(diagnosisText({ check: 'Redis', verdict: fail('gone', 'start it') })).toEqual([
      'fail  Redis             gone',
      '                        → start it',
    ]);
  });
});

describe('findings', () => {
  const sound = { missingMigrations: [], unknownMigrations: [], missingRoles: [], nowMs: 0 };

  test('of the database: what is missing fails, what is newer warns', () => {
    expect(states(stateVerdicts(sound))).toEqual(['ok']);
    const verdicts = stateVerdicts({
      ...sound,
      missingMigrations: ['0003_c'],
      unknownMigrations: ['0009_z'],
      missingRoles: ['fluxo_sink'],
    });
    expect(states(verdicts)).toEqual(['fail', 'warn', 'fail']);
    expect(verdicts.map(({ found }) => found).join()).toMatch(/0003_c.*0009_z.*fluxo_sink/);
  });

  test.each([
    [{ usedBytes: GIB, maxBytes: null, doesEvict: false }, 'ok'],
    [{ usedBytes: 90, maxBytes: 100, doesEvict: false }, 'ok'],
    [{ usedBytes: 91, maxBytes: 100, doesEvict: false }, 'warn'],
    [{ usedBytes: 100, maxBytes: 100, doesEvict: false }, 'fail'],
    [{ usedBytes: 0, maxBytes: null, doesEvict: true }, 'fail'],
  ])('of the memory of Redis, %j: %s', (memory, state) => {
    expect(memoryVerdict(memory).state).toBe(state);
  });

  test.each([
    [20 * GIB, 'ok'],
    [5 * GIB, 'ok'],
    [5 * GIB - 1, 'warn'],
    [GIB, 'warn'],
    [GIB - 1, 'fail'],
  ])('of a disk with %d bytes free: %s', (free, state) => {
    expect(diskVerdict(free, 'home').state).toBe(state);
  });

  test.each([
    [0, 'ok'],
    [-2_000, 'ok'],
    [2_001, 'warn'],
    [-300_000, 'warn'],
    [300_001, 'fail'],
  ])('of a clock that is %d ms ahead: %s', (aheadMs, state) => {
    expect(clockVerdict('x', aheadMs).state).toBe(state);
  });

  test('of a clock do not take a slow answer for a wrong clock', () => {
    const slow = { askedMs: 10_000, answeredMs: 70_000 };
    expect([9_000, 10_000, 40_000, 70_000, 75_000].map((nowMs) => aheadOf(nowMs, slow))).toEqual([
      -1_000, 0, 0, 0, 5_000,
    ]);
  });

  test('of the processes name those that every stack has and this one has not', () => {
    const started = [
      'kafka',
      'registry',
      'redis',
      'postgres',
      'streams-2',
      'sink-redis-1',
      'sink-postgres-1',
    ];
    expect(absentKinds(started, false)).toEqual(['query-api', 'entries-api', 'outbox-relay-1']);
    expect(absentKinds([], true)).toEqual(expect.arrayContaining(['kafka', 'streams-1', 'identity', 'bff']));
  });

  test.each([
    [31, 'warn'],
    [600, 'warn'],
    [601, 'fail'],
  ])('of a reader %d s behind: %s, naming it', (seconds, state) => {
    const stage = { name: 'processor', groupId: 'g', reads: topics.submissions };
    const lag = { group: 'g', topic: 't', behind: 7, seconds, partitions: [] };
    expect(lateVerdict(stage, lag)).toMatchObject({
      state,
      found: `the processor is ${seconds} s behind (7 offsets)`,
    });
  });
});

/** It runs, and has what the former release registered. */
test('schemas that nobody has registered: the advice is to register them, not to start the registry', async () => {
  const emptyRegistry = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end('{"error_code": 40401, "message": "Subject not found."}');
  });
  await new Promise<void>((resolve) => emptyRegistry.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = emptyRegistry.address() as AddressInfo;
    const diagnoses = await diagnose(registryCheck(`http://127.0.0.1:${port}`));
    expect(diagnoses.map(({ verdict }) => verdict)).toEqual(
      allTopics.map(() => ({
        state: 'fail',
        found: expect.stringContaining('has no schema like ours'),
        advice: expect.stringContaining('--only provision'),
      })),
    );
  } finally {
    emptyRegistry.close();
    emptyRegistry.closeAllConnections();
  }
});

describe('the clock of the broker', () => {
  /** One partition, which gets a record between any two questions; as `LogReader`, an offset asked for after the last record is the end. */
  function busyLog(timesMs: number[]) {
    const ask = () => {
      timesMs.push(10_000);
      return timesMs.length;
    };
    return {
      endOffset: async () => ask(),
      offsetAtTime: async (_topic: string, _partition: number, timestampMs: number) => {
        const end = ask();
        const found = timesMs.findIndex((timeMs) => timeMs >= timestampMs);
        return found < 0 ? end : found;
      },
    };
  }
  const places = new Map([['t', 1]]);

  test('is not ahead because something came in between two questions', async () => {
    expect(await holdsRecordsAfter(busyLog([9_000]), places, 10_001)).toBe(false);
  });

  test('is ahead where a record is later than it may be', async () => {
    expect(await holdsRecordsAfter(busyLog([9_000, 400_000]), places, 10_001)).toBe(true);
    expect(await holdsRecordsAfter(busyLog([9_000]), new Map(), 10_001)).toBe(false);
  });
});

describe('fluxo doctor', () => {
  const nowhere = {
    FLUXO_KAFKA: '127.0.0.1:1',
    FLUXO_REGISTRY: 'http://127.0.0.1:1',
    FLUXO_REDIS: 'redis://127.0.0.1:1',
    FLUXO_POSTGRES: 'postgres://nobody@127.0.0.1:1/none',
    FLUXO_QUERY_API: 'http://127.0.0.1:1',
    FLUXO_HOME: '.',
  };

  test('where nothing runs says so of everything, with advice, and exits with 1', async () => {
    const terminal = captureTerminal({ env: nowhere });
    expect(await runCli(['doctor', '--json'], terminal)).toBe(1);
    const found = JSON.parse(terminal.output()) as { check: string; state: string; advice?: string }[];
    const failed = found.filter(({ state }) => state === 'fail');
    expect(failed.map(({ check }) => check)).toEqual([
      'Kafka',
      'schema registry',
      'Redis',
      'Postgres',
      'Redis memory',
      'database',
      'processes',
    ]);
    for (const { advice } of failed) expect(advice).toMatch(/\w/);
    expect(terminal.errors()).toContain('7 checks failed: begin with the first.');
  });
});
