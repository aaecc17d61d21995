/**
 * The entries API with Postgres on the same machine, both real: how many entries one API process accepts per second when callers ask as
 * fast as they are answered, with the CPU of each, and how long an answer takes when 500 requests a second come whether or not the
 * ones before were answered (open load: from the time a request was due; loss is whatever was not answered 202). Nobody empties the
 * outbox meanwhile. Prints a JSON line each. Run by `npm run bench -- entries-api`.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack } from '../testing/stacks.ts';
import { CpuClock, NOISE_MAX, NoiseWatch } from './process-usage.ts';
import { percentile, round } from './statistics.ts';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 15);
const WARM_UP_SECONDS = 3;
const CALLERS = 32;
const PER_SECOND = 500;
const MERCHANTS = 200;

const stack = await startStack({ only: ['postgres', 'migrate', 'entries-api'] });
const api = new URL(stack.addresses.entriesApi);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
let count = 0;

/** Enters something; resolves with whether it was accepted. */
function enter(): Promise<boolean> {
  count += 1;
  const body = JSON.stringify({
    accountId: 'drawer',
    direction: 'CREDIT',
    kind: 'SALE',
    paymentMethod: 'PIX',
    amountMinor: 1 + (count % 100_000),
    currency: 'BRL',
    occurredAt: '2026-11-24T10:00:00.000Z',
    description: 'a sale like many others',
  });
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'idempotency-key': `bench-${count}`,
  };
  return new Promise((resolve) => {
    const path = `/v1/merchants/m-${count % MERCHANTS}/entries`;
    const { hostname, port } = api;
    const sent = request({ hostname, port, path, method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode === 202));
    });
    sent.once('error', () => resolve(false));
    sent.end(body);
  });
}

/** The postmaster and whoever works for it. */
function postgresPids(): readonly number[] {
  const postmaster = stack.pidOf('postgres') as number;
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim();
  return [postmaster, ...children.split(' ').filter(Boolean).map(Number)];
}

async function closedLoad(seconds: number): Promise<{ accepted: number; lost: number }> {
  const deadlineMs = performance.now() + seconds * 1_000;
  const outcome = { accepted: 0, lost: 0 };
  const caller = async () => {
    while (performance.now() < deadlineMs) outcome[(await enter()) ? 'accepted' : 'lost'] += 1;
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return outcome;
}

async function openLoad(seconds: number): Promise<{ latenciesMs: number[]; lost: number }> {
  const startedMs = performance.now();
  const latenciesMs: number[] = [];
  const pending: Promise<void>[] = [];
  let lost = 0;
  const one = async (dueMs: number): Promise<void> => {
    if (!(await enter())) lost += 1;
    latenciesMs.push(performance.now() - dueMs);
  };
  for (let sent = 0; sent < seconds * PER_SECOND; ) {
    const dueMs = startedMs + (sent * 1_000) / PER_SECOND;
    if (performance.now() < dueMs) {
      await sleep(1);
      continue;
    }
    sent += 1;
    pending.push(one(dueMs));
  }
  await Promise.all(pending);
  return { latenciesMs: latenciesMs.toSorted((a, b) => a - b), lost };
}

async function measured<T>(
  what: () => Promise<T>,
): Promise<{ result: T; apiSeconds: number; postgresSeconds: number; noise: object }> {
  const [apiPids, databasePids] = [[stack.pidOf('entries-api') as number], postgresPids()];
  const watch = new NoiseWatch([process.pid, ...apiPids, ...databasePids]);
  const [apiClock, databaseClock] = [new CpuClock(apiPids), new CpuClock(databasePids)];
  const before = [apiClock.seconds(), databaseClock.seconds()] as const;
  const result = await what();
  const othersShare = round(watch.othersShare());
  return {
    result,
    apiSeconds: apiClock.seconds() - before[0],
    postgresSeconds: databaseClock.seconds() - before[1],
    noise: { othersShare, ...(othersShare > NOISE_MAX ? { isNoisy: true } : {}) },
  };
}

try {
  await closedLoad(WARM_UP_SECONDS);
  const startedMs = performance.now();
  const closed = await measured(() => closedLoad(SECONDS));
  const seconds = (performance.now() - startedMs) / 1_000;
  const { accepted, lost } = closed.result;
  const apiMicros = (closed.apiSeconds * 1e6) / accepted;
  const closedLine = {
    what: `as fast as ${CALLERS} callers are answered`,
    acceptedPerSecond: round(accepted / seconds),
    apiCpuMicrosPerEntry: round(apiMicros),
    acceptedPerSecondOfOneApiCore: round(1e6 / apiMicros),
    postgresCpuMicrosPerEntry: round((closed.postgresSeconds * 1e6) / accepted),
    lost,
    ...closed.noise,
  };
  console.log(JSON.stringify(closedLine));
  const open = await measured(() => openLoad(SECONDS));
  const { latenciesMs } = open.result;
  const openLine = {
    what: `${PER_SECOND} a second, come what may`,
    p50Ms: round(percentile(latenciesMs, 0.5)),
    p99Ms: round(percentile(latenciesMs, 0.99)),
    worstMs: round(latenciesMs.at(-1) ?? Number.NaN),
    lost: open.result.lost,
    ...open.noise,
  };
  console.log(JSON.stringify(openLine));
} finally {
  agent.destroy();
  await stack.destroy();
}
