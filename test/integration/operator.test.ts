/**
 * The operator's tool on a whole stack: who lags, what flows, what is ill, what was refused. A refused entry is replayed when its account is
 * there, counts once, and replaying it again adds nothing; a processor that does not run is named, and what it has not taken is counted.
 */
import { randomUUID } from 'node:crypto';
import { parsePosition, REDIS_POSITIONS_KEY, redisMerchantKey, topics } from '@fluxo/schemas';
import { RedisGeneration } from '@fluxo/sinks';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { captureTerminal } from '../../cli/captured-terminal.ts';
import { runCli } from '../../cli/run-cli.ts';
import { monitorRedis } from '../../testing/redis-monitor.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { configuration, MERCHANT, sale } from './operator-scene.ts';

const STEP_MS = 240_000;
jest.setTimeout(STEP_MS);

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.destroy());

/** Runs the command in this process: what it exits with and prints. */
async function fluxo(args: readonly string[], stdin = '') {
  const terminal = captureTerminal({ stdin, env: { ...stack.env, PATH: process.env['PATH'] ?? '' } });
  const status = await runCli(args, terminal);
  return { status, stdout: terminal.output(), stderr: terminal.errors() };
}

async function succeed(args: readonly string[], stdin = ''): Promise<string> {
  const { status, stdout, stderr } = await fluxo(args, stdin);
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: expect.any(String) });
  return stdout;
}

async function submit(...lines: readonly object[]): Promise<void> {
  await succeed(['submit', '-'], lines.map((line) => JSON.stringify(line)).join('\n'));
}

const rowsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function submissionsCount(): Promise<number> {
  return rowsOf(await succeed(['dump', 'submissions'])).length;
}

const early = randomUUID();
const sound = randomUUID();

type Finding = { readonly check: string; readonly state: string; readonly found: string };

describe('a stack that is well', () => {
  test('has nothing the doctor warns of', async () => {
    await submit(configuration(['main']), sale('main', sound), sale('till-2', early));
    await submit({ key: MERCHANT, raw: Buffer.from('no avro').toString('base64') });
    await succeed(['wait']);
    const examine = async () => JSON.parse((await fluxo(['doctor', '--json'])).stdout) as Finding[];
    // A machine under load answers late now and then: the stack is well if it ever is.
    let found = await examine();
    // The disk is not ours, and what nobody started here may be stopped.
    const isTrouble = ({ check, state, found: what }: Finding) =>
      state !== 'ok' && check !== 'disk' && !what.endsWith(' is stopped');
    while (found.some(isTrouble)) found = await examine();
    expect(new Set(found.map(({ check }) => check))).toEqual(
      new Set([
        'disk',
        'Kafka',
        'schema registry',
        'topics',
        'lag',
        'clock',
        'Redis',
        'Redis memory',
        'Postgres',
        'database',
        'processes',
      ]),
    );
  });

  test('shows its topics decoded, from where one asks, of whom one asks, and what cannot be decoded as such', async () => {
    const all = rowsOf(
      await succeed(['tail', 'submissions', '--from', 'beginning', '--no-follow', '--json']),
    );
    expect(all.map(({ type }) => type)).toEqual([
      'MerchantConfigured',
      'EntrySubmitted',
      'EntrySubmitted',
      null,
    ]);
    expect(all[3]).toMatchObject({ key: MERCHANT, problem: expect.any(String), raw: 'bm8gYXZybw==' });
    const posted = rowsOf(
      await succeed(['tail', 'ledger', '--merchant', MERCHANT, '--from', '1h', '--json', '-n', '2']),
    );
    expect(posted.map(({ type }) => type)).toEqual(['MerchantConfigApplied', 'EntryPosted']);
    expect(await succeed(['tail', 'ledger', '--merchant', 'nobody', '--from', '1h', '--no-follow'])).toBe('');
    const { status, stderr } = await fluxo(['tail', 'ledger', '--partition', '0', '--from', '999']);
    expect([status, stderr]).toEqual([3, expect.stringContaining('holds offsets')]);
  });

  test('a tail that follows ends cleanly when it is asked to', async () => {
    const terminal = captureTerminal({ env: stack.env });
    const tailing = runCli(['tail', 'ledger', '--from', 'beginning'], terminal);
    while (!terminal.output().includes('EntryPosted'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    terminal.stop.abort();
    expect(await tailing).toBe(130);
    expect(terminal.errors()).toBe('fluxo: Interrupted.\n');
  });
});

describe('what was refused', () => {
  let place = '';

  test('is listed with its reason, and shown decoded', async () => {
    const listed = JSON.parse(await succeed(['rejections', 'list', '--json'])) as Record<string, unknown>[];
    expect(listed.map(({ code }) => code)).toEqual(['account-unknown', 'malformed']);
    const [{ partition, offset }] = listed as [{ partition: number; offset: number }];
    place = `rejections-${partition}@${offset}`;
    expect(await succeed(['rejections', 'list', '--code', 'account-unknown'])).toContain(place);
    expect(await succeed(['rejections', 'show', early])).toContain(`"entryId": "${early}"`);
    expect((await fluxo(['rejections', 'show', randomUUID()])).status).toBe(1);
  });

  test('is not sent again while it would be refused again', async () => {
    const before = await submissionsCount();
    const { status, stdout } = await fluxo(['rejections', 'replay', '--merchant', MERCHANT, '--yes']);
    expect([status, stdout]).toEqual([3, expect.stringContaining('would be refused again: account-unknown')]);
    expect(await submissionsCount()).toBe(before);
  });

  test('is sent once the reason is gone, after a dry run, leaves a trail, and counts once however often', async () => {
    await submit(configuration(['main', 'till-2']));
    const before = await submissionsCount();
    const dry = await fluxo(['rejections', 'replay', place]);
    expect([dry.status, dry.stderr]).toEqual([0, expect.stringContaining('dry run')]);
    expect(await submissionsCount()).toBe(before);

    expect(await succeed(['rejections', 'replay', place, '--yes'])).toContain('1 submission sent');
    // At once, and when the processor may not have taken it yet: it is in the log, so it counts.
    expect(await succeed(['rejections', 'replay', place, '--yes'])).toContain(
      '0 submissions sent, 1 accepted before',
    );
    expect(await submissionsCount()).toBe(before + 1);
    const sent = rowsOf(
      await succeed(['tail', 'submissions', '--from', 'beginning', '--no-follow', '--json']),
    );
    expect(sent.at(-1)?.['headers']).toEqual([
      { key: 'fluxo-replay-of', value: place },
      { key: 'fluxo-replayed-by', value: expect.any(String) },
    ]);
    await succeed(['wait']);
    const balance = JSON.parse(await succeed(['balance', MERCHANT, '--json'])) as { totals: unknown };
    expect(balance.totals).toMatchObject([{ creditsMinor: 2_500, creditCount: 2 }]);
    await succeed(['audit', '--merchant', MERCHANT]);
  });
});

describe('a view in Redis that is made anew', () => {
  const FOREIGN_DATABASE = 3;
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(stack.addresses.redis);
  });
  afterAll(() => redis.disconnect());

  /** What a reader relies on: the merchant is there, and every partition is complete. */
  async function isServed(): Promise<boolean> {
    const [body, marks] = [
      await redis.hexists(redisMerchantKey(MERCHANT), 'body'),
      Object.values(await redis.hgetall(REDIS_POSITIONS_KEY)),
    ];
    return body === 1 && marks.length === 24 && marks.every((text) => parsePosition(text)?.isComplete);
  }

  /** Partition of a topic → next offset, in the database that readers see. */
  async function positions(): Promise<ReadonlyMap<string, number>> {
    const stored = Object.entries(await redis.hgetall(REDIS_POSITIONS_KEY));
    return new Map(stored.map(([field, text]) => [field, parsePosition(text)?.nextOffset ?? -1]));
  }

  test('every write of the sink is one transaction, so that no switch comes between data and position', async () => {
    const seen: { readonly source: string; readonly command: string }[] = [];
    const stop = await monitorRedis(stack.addresses.redis, (command, source) =>
      seen.push({ source, command }),
    );
    await submit(sale('main', randomUUID()));
    await succeed(['wait']);
    while (!seen.some(({ command }) => command === 'evalsha')) await new Promise((go) => setTimeout(go, 20));
    stop();
    const open = new Set<string>();
    const alone = seen.filter(({ source, command }) => {
      if (command === 'multi') open.add(source);
      if (command === 'exec') open.delete(source);
      return command === 'evalsha' && !open.has(source);
    });
    expect(seen.some(({ command }) => command === 'evalsha')).toBe(true);
    expect(alone).toEqual([]);
  });

  test('heals what the guard would keep, while entries flow and readers are served without a gap and nothing older', async () => {
    await redis.hset(redisMerchantKey(MERCHANT), { revision: '9'.repeat(16), body: 'forged' });
    expect((await fluxo(['audit', '--merchant', MERCHANT])).status).toBe(1);
    const flowing = succeed(['simulate', '--merchants', '20', '--rate', '200', '--for', '5']);
    let isOver = false;
    const rebuilding = (async () => {
      for (let round = 0; round < 3; round += 1)
        expect(await succeed(['rebuild', 'redis'])).toMatch(/^Readers see generation [0-9a-f-]{36}, made of/);
    })().finally(() => {
      isOver = true;
    });
    const gaps: boolean[] = [];
    const fallenBack: string[] = [];
    for (let before = await positions(); !isOver; ) {
      gaps.push(!(await isServed()));
      const now = await positions();
      fallenBack.push(
        ...[...before].filter(([field, at]) => (now.get(field) ?? -1) < at).map(([field]) => field),
      );
      before = now;
    }
    await rebuilding;
    await flowing;
    expect(gaps.length).toBeGreaterThan(3);
    expect(gaps).not.toContain(true);
    expect(fallenBack).toEqual([]);
    await succeed(['wait']);
    await succeed(['audit']);
    const former = redis.duplicate({ db: 2 });
    expect(await former.dbsize()).toBe(0);
    former.disconnect();
  });

  test('is refused where the other database is somebody else’s, and changes nothing', async () => {
    const other = redis.duplicate({ db: FOREIGN_DATABASE });
    await other.set('theirs', '1');
    const before = await redis.get('fluxo:v1:generation');
    const { status, stderr } = await fluxo(['rebuild', 'redis', '--database', String(FOREIGN_DATABASE)]);
    expect([status, stderr]).toEqual([3, expect.stringContaining('holds 1 keys that are not the view')]);
    expect((await fluxo(['rebuild', 'redis', '--database', '0'])).status).toBe(3);
    const absent = await fluxo(['rebuild', 'redis', '--database', '99']);
    expect([absent.status, absent.stderr]).toEqual([
      3,
      expect.stringContaining('no database of that number'),
    ]);
    expect([await other.get('theirs'), await redis.get('fluxo:v1:generation')]).toEqual(['1', before]);
    other.disconnect();
  });

  test('is not switched by a rebuild whose place another one took', async () => {
    const first = await RedisGeneration.begin(stack.addresses.redis, 2);
    const second = await RedisGeneration.begin(stack.addresses.redis, 2);
    await expect(first.switch()).rejects.toThrow('another rebuild began meanwhile');
    expect(await isServed()).toBe(true);
    await second.discard();
    first.close();
    second.close();
  });
});

describe('a stack whose processor does not run', () => {
  test('lags, by group and partition, and the doctor says who is missing', async () => {
    await stack.kill('streams-1');
    await submit(sale('main', randomUUID()));
    type Groups = { groups: { group: string; topic: string; behind: number; partitions: object[] }[] };
    const { groups } = JSON.parse(await succeed(['lag', '--json'])) as Groups;
    expect(groups).toHaveLength(7);
    expect(groups.filter(({ behind }) => behind > 0)).toMatchObject([
      { group: 'fluxo-streams', topic: topics.submissions.name, behind: 1, seconds: expect.any(Number) },
    ]);
    const { status, stdout, stderr } = await fluxo(['doctor']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('1 check failed')]);
    expect(stdout).toMatch(/fail {2}processes +streams-1 has died\n.*npm run stack -- start streams-1/);
    await stack.start('streams-1');
    await succeed(['wait']);
  });
});

describe('a stack that runs', () => {
  test('is not reset', async () => {
    const { status, stdout, stderr } = await fluxo(['reset', '--yes']);
    expect([status, stdout, stderr]).toEqual([3, '', expect.stringContaining('npm run stack -- down')]);
    await succeed(['wait']);
  });
});
