/**
 * Row 16 of reliability.md section 3: three times as many calls a second as an API can serve, from callers who do not care what they are told.
 * Whoever is not served is refused with a Retry-After; what a second of the servers' CPU serves meanwhile is at least 80 % of what it serves to
 * callers who wait for their answers, measured in turns in the same run (by CPU, because what else the machine does is nobody's merit); of entries, which
 * cost hardly more than a dozen refusals, or near what `node:http` would leave that only refuses (decision 0036, where it ends). When the crowd has gone
 * nobody is refused any more. The query API is asked for reports from memory, which keep its process busy; entries keep Postgres busy too. Needs Postgres.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDate } from '@fluxo/schemas';
import { afterAll, expect, jest, test } from '@jest/globals';
import { CpuClock } from '../../bench/process-usage.ts';
import { Subject } from '../../bench/reading/subject.ts';
import { DAYS, LAST_DAY } from '../../bench/stored-documents.ts';
import { EntriesClient } from '../../testing/entries-client.ts';
import { startStack } from '../../testing/stacks.ts';
import { Crowd, keepApart } from './crowd.ts';
import type { CrowdPlan, CrowdReport } from './crowd-process.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

jest.setTimeout(3_600_000);

const ROUNDS = scaled({ quick: 1, short: 5, long: 60 });
const SECONDS = 4;
/** As many as keep an API busy, and few enough that none of them waits long. */
const CALLERS = 32;
const TIMES = 3;
/** A round counts if the crowd came to this: what it can do depends on who else uses its core. */
const TIMES_MIN = 2;
const GOODPUT_MIN = 0.8;
/** Of the best that can be, where that is less: a refusal of ours may cost this much more than one of `node:http`. */
const OF_BEST_MIN = 0.9;
const BARE_SECONDS = 1;

const hits = new Hits(16, ['calls beyond what can be served', 'calls refused with Retry-After']);
const crowd = new Crowd();
afterAll(() => crowd.stop());

type Target = Pick<CrowdPlan, 'url' | 'calls'> & {
  readonly name: string;
  /** Processes that serve it, as they are now. */
  readonly servers: () => readonly number[];
};

type Measured = CrowdReport & {
  readonly servedPerSecond: number;
  /** For each second of CPU time of the servers. */
  readonly servedPerCpuSecond: number;
};

/** Parts of what a second of CPU serves without the crowd: what it serves with it, and what it could at best. */
type Share = { readonly served: number; readonly best: number };

async function measure(
  { url, calls, servers }: Target,
  pace: CrowdPlan['pace'],
  seconds = SECONDS,
): Promise<Measured> {
  const clock = new CpuClock(servers());
  const beforeSeconds = clock.seconds();
  const report = await crowd.run({ url, calls, seconds, pace });
  const served = report.servedMs.length;
  const servedPerCpuSecond = served / (clock.seconds() - beforeSeconds);
  return { ...report, servedPerSecond: served / seconds, servedPerCpuSecond };
}

function calm(target: Target, seconds = SECONDS): Promise<Measured> {
  return measure(target, { kind: 'as answered', callers: CALLERS }, seconds);
}

function crowded(target: Target, usual: Measured): Promise<Measured> {
  return measure(target, { kind: 'so many a second', perSecond: TIMES * usual.servedPerSecond });
}

function refused({ statuses }: CrowdReport): number {
  return (statuses.get(503) ?? 0) + (statuses.get(429) ?? 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** Resolves when nobody of those who wait for their answers is refused any more; with the seconds until then. */
async function untilRecovered({ url, calls }: Target): Promise<number> {
  const sinceMs = performance.now();
  const few = { url, calls, seconds: 0.2, pace: { kind: 'as answered', callers: CALLERS } } as const;
  while (refused(await crowd.run(few)) > 0) await sleep(10);
  return (performance.now() - sinceMs) / 1_000;
}

/** The least that calls of this kind can cost: a server that looks at nothing and gives all the same answer. */
async function startBare(url: string): Promise<Subject> {
  const answer = { headers: { 'content-type': 'application/problem+json' }, body: 'x'.repeat(300) };
  const { pathname, search } = new URL(url);
  const paths = ['/livez', pathname + search];
  const answers = paths.map((path) => [path, answer] as const);
  const bare = await Subject.start('bare', { merchants: 0, days: [], answers, redis: '', postgres: '' });
  keepApart({ servers: [bare.pid], callers: [crowd.pid] });
  return bare;
}

/**
 * If one answer costs as much as `answersPerAnswer` that say nothing, and callers come `times` as often as can be served, each of them costs at
 * least such an answer: as a part of what is served without the others.
 */
function bestShare(times: number, answersPerAnswer: number): number {
  return (answersPerAnswer - times) / (answersPerAnswer - 1);
}

/** Callers who wait, the crowd, callers who wait. null: the crowd was none. */
async function oneRound(target: Target, bare: Target): Promise<Share | null> {
  const nothing = await calm(bare, BARE_SECONDS);
  const before = await calm(target);
  const during = await crowded(target, before);
  const recoveredSeconds = await untilRecovered(target);
  const after = await calm(target);
  const others = [...during.statuses.keys()].filter((status) => ![200, 202, 429, 503].includes(status));
  expect([others, during.withoutRetryAfter]).toEqual([[], 0]);
  const usualPerSecond = (before.servedPerSecond + after.servedPerSecond) / 2;
  const times = during.sent / SECONDS / usualPerSecond;
  if (times < TIMES_MIN) return null;
  expect(refused(during)).toBeGreaterThan(0);
  hits.count('calls beyond what can be served', Math.round(during.sent - usualPerSecond * SECONDS));
  hits.count('calls refused with Retry-After', refused(during));
  hits.measure(`${target.name}: seconds until nobody is refused any more`, recoveredSeconds);
  hits.measure(`${target.name}: served a second without the crowd`, usualPerSecond);
  hits.measure(`${target.name}: times as many calls as that`, times);
  hits.measure(`${target.name}: seconds of a served call, median`, median(during.servedMs) / 1_000);
  const usualPerCpuSecond = (before.servedPerCpuSecond + after.servedPerCpuSecond) / 2;
  return {
    served: during.servedPerCpuSecond / usualPerCpuSecond,
    best: bestShare(times, nothing.servedPerCpuSecond / usualPerCpuSecond),
  };
}

/** Medians of the rounds that count, after one that warms up. */
async function shareUnderOverload(target: Target): Promise<Share> {
  const bare = await startBare(target.url);
  try {
    const { pathname, search } = new URL(target.url);
    const bareTarget = { ...target, url: bare.address + pathname + search, servers: () => [bare.pid] };
    await crowded(target, await calm(target));
    await calm(bareTarget);
    const shares: Share[] = [];
    while (shares.length < ROUNDS) {
      const share = await oneRound(target, bareTarget);
      if (share === null) continue;
      shares.push(share);
      const part = 'as a part of without the crowd';
      hits.measure(`${target.name}: what a second of CPU serves, ${part}`, share.served);
      hits.measure(`${target.name}: what it could at best, ${part}`, share.best);
    }
    return {
      served: median(shares.map(({ served }) => served)),
      best: median(shares.map(({ best }) => best)),
    };
  } finally {
    bare.stop();
  }
}

test('the query API: who cannot be served is told to come back, and as much is served as without them', async () => {
  const days = Array.from({ length: DAYS + 1 }, (_, day) => day);
  const api = await Subject.start('fluxo', {
    merchants: 10,
    days,
    answers: [],
    redis: '',
    postgres: '',
  });
  try {
    keepApart({ servers: [api.pid], callers: [crowd.pid] });
    const [from, to] = [formatDate(LAST_DAY - DAYS), formatDate(LAST_DAY)];
    const url = `${api.address}/v1/merchants/m-1/summary?from=${from}&to=${to}&groupBy=month`;
    const target: Target = { name: 'query API', url, calls: 'reads', servers: () => [api.pid] };
    const { served } = await shareUnderOverload(target);
    expect(served).toBeGreaterThanOrEqual(GOODPUT_MIN);
  } finally {
    api.stop();
  }
});

test('the entries API: the same, or near the best that HTTP leaves', async () => {
  const stack = await startStack({ only: ['postgres', 'migrate', 'entries-api'] });
  const servers = () => {
    const postgres = stack.pidOf('postgres') as number;
    const children = readFileSync(`/proc/${postgres}/task/${postgres}/children`, 'utf8').trim();
    return [stack.pidOf('entries-api') as number, postgres, ...children.split(' ').map(Number)];
  };
  try {
    keepApart({ servers: servers(), callers: [crowd.pid] });
    await new EntriesClient(stack.addresses.entriesApi).configure('m-1');
    const url = `${stack.addresses.entriesApi}/v1/merchants/m-1/entries`;
    const target: Target = { name: 'entries API', url, calls: 'sales', servers };
    const { served, best } = await shareUnderOverload(target);
    expect(served).toBeGreaterThanOrEqual(Math.min(GOODPUT_MIN, OF_BEST_MIN * best));
  } finally {
    await stack.destroy();
  }
});

test('every fault hit', () => {
  expect(() => hits.demandAll()).not.toThrow();
});
