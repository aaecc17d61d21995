/**
 * What traces cost where one in a hundred is recorded: CPU time per entry of the fold, with what it reads and publishes as record batches, and CPU time per request
 * of the query API, each once with the SDK sending to a collector and once off. Every contender is a process of its own; they work in turns, so
 * that what else the machine does hits both, and the collector's time is nobody's. Prints two JSON lines. Run by `npm run bench -- tracing [--quick]`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isTracing, startTracing } from '@fluxo/telemetry';
import autocannon from 'autocannon';
import { OtlpReceiver } from '../testing/otlp-receiver.ts';
import { paths, serveMemory } from './memory-api.ts';
import { round, spreadOf } from './statistics.ts';
import { TracedLog } from './traced-log.ts';

const isQuick = process.argv.includes('--quick');
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? (isQuick ? 5 : 11));
const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? (isQuick ? 100_000 : 300_000));
const SECONDS_PER_ROUND = Number(process.env['BENCH_SECONDS'] ?? (isQuick ? 2 : 4));
const CONNECTIONS = 20;
/** Until the compiler has done with both: the code of traces is compiled as well. */
const WARM_UP_ROUNDS = 4;
/** One of so many is recorded. */
const RECORDED_EVERY = 100;
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

type Role = 'collector' | 'fold' | 'query-api';

type Told = object | number;

/** A process in one of the roles, and what it says when it is asked. */
class Contender {
  readonly #child: ChildProcess;

  constructor(role: Role, env: Readonly<Record<string, string>> = {}) {
    this.#child = fork(fileURLToPath(import.meta.url), [role], { env: { ...process.env, ...env } });
  }

  async ask<Answer>(): Promise<Answer> {
    this.#child.send('now');
    const [answer] = (await once(this.#child, 'message')) as [Answer];
    return answer;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

/** CPU microseconds per entry of one round through the whole log. */
const foldOnce = (contender: Contender): Promise<number> => contender.ask<number>();

type Served = { readonly port: number; readonly cpuMicros: number };

/** CPU microseconds per request of one round. */
async function readOnce(contender: Contender): Promise<number> {
  const { port, cpuMicros: before } = await contender.ask<Served>();
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections: CONNECTIONS,
    duration: SECONDS_PER_ROUND,
    requests: paths.map((path, index) => ({
      method: 'GET',
      path,
      headers: index % RECORDED_EVERY === 0 ? { traceparent: TRACEPARENT } : {},
    })),
  });
  if (result.errors > 0 || result.non2xx > 0)
    throw new Error(`${result.errors} errors and ${result.non2xx} refusals: nothing was measured`);
  const { cpuMicros } = await contender.ask<Served>();
  return (cpuMicros - before) / result.requests.total;
}

/** Lets both work in turns, after some rounds for nothing, and prints what came of it. */
async function compare(
  what: string,
  [untraced, traced]: readonly [Contender, Contender],
  measure: (contender: Contender) => Promise<number>,
): Promise<void> {
  for (let index = 0; index < WARM_UP_ROUNDS; index++)
    for (const contender of [untraced, traced]) await measure(contender);
  const rounds: { readonly off: number; readonly on: number }[] = [];
  for (let index = 0; index < ROUNDS; index++) {
    const isOffFirst = index % 2 === 0;
    const first = await measure(isOffFirst ? untraced : traced);
    const second = await measure(isOffFirst ? traced : untraced);
    const result = isOffFirst ? { off: first, on: second } : { off: second, on: first };
    rounds.push(result);
    console.error(`${what}, round ${index + 1}: ${round(result.off)} µs off, ${round(result.on)} µs on`);
  }
  for (const contender of [untraced, traced]) contender.stop();
  const ratios = spreadOf(rounds.map((each) => each.on / each.off));
  console.log(
    JSON.stringify({
      bench: 'tracing',
      what,
      form: isQuick ? 'quick' : 'standard',
      ratio: round(ratios.median),
      ratioLeast: round(ratios.min),
      ratioMost: round(ratios.max),
      cpuMicrosOff: spreadOf(rounds.map((each) => each.off)).median,
      cpuMicrosOn: spreadOf(rounds.map((each) => each.on)).median,
    }),
  );
}

async function main(): Promise<void> {
  const collector = new Contender('collector');
  const { BENCH_OTLP: endpoint } = await collector.ask<{ BENCH_OTLP: string }>();
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const pair = (role: Role) => [new Contender(role), new Contender(role, traced)] as const;
  await compare('CPU per entry of the fold', pair('fold'), foldOnce);
  await compare('CPU per request of the query API', pair('query-api'), readOnce);
  collector.stop();
}

async function collect(): Promise<() => Told | Promise<Told>> {
  const receiver = await OtlpReceiver.open();
  return () => ({ BENCH_OTLP: receiver.env['OTEL_EXPORTER_OTLP_ENDPOINT'] });
}

async function fold(): Promise<() => Promise<number>> {
  await startTracing('streams-1');
  const log = await TracedLog.open(
    ENTRIES,
    isTracing() ? { traceparent: TRACEPARENT, every: RECORDED_EVERY } : null,
  );
  return async () => {
    const before = cpuUsed();
    await log.fold();
    return (cpuUsed() - before) / ENTRIES;
  };
}

async function serve(): Promise<() => Served> {
  await startTracing('query-api');
  const port = await serveMemory();
  return () => ({ port, cpuMicros: cpuUsed() });
}

/** CPU time of this process so far, all its threads, in microseconds. */
function cpuUsed(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const roles: Readonly<Record<Role, () => Promise<() => Told | Promise<Told>>>> = {
  collector: collect,
  fold,
  'query-api': serve,
};

const [, , role = ''] = process.argv;
if (!(role in roles)) await main();
else {
  const answering = roles[role as Role]();
  const tell = async (): Promise<void> => {
    const answer = await answering;
    process.send?.(await answer());
  };
  process.on('message', () => void tell());
}
