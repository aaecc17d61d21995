/**
 * What the query API costs over the bare minimum: requests per second from the memory view, against a `node:http` server that
 * answers the same bytes, headers included, and does nothing else. Each server is a process of its own; they are measured in
 * turns under the same load, so that what else the machine does hits both. Prints one JSON line. Run by
 * `npm run bench -- query-api`.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { type Answers, answersOf, serveBare } from './bare-server.ts';
import { paths, serveMemory } from './memory-api.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SECONDS_PER_ROUND = Number(process.env['BENCH_SECONDS'] ?? 4);
const CONNECTIONS = 50;

type Server = { readonly port: number; readonly cpuMicros: () => Promise<number>; readonly stop: () => void };

/** Starts this file as a server of its own; resolves when its port is open. */
async function start(role: 'fluxo' | 'bare', answers: unknown = null): Promise<Server> {
  const child = fork(fileURLToPath(import.meta.url), [role], { serialization: 'advanced' });
  const ask = async (question: unknown): Promise<number> => {
    child.send(question as object);
    const [answer] = (await once(child, 'message')) as [{ value: number }];
    return answer.value;
  };
  const port = await ask({ answers });
  return { port, cpuMicros: () => ask({ answers: null }), stop: () => void child.kill() };
}

type Round = { readonly perSecond: number; readonly cpuMicros: number; readonly p99Ms: number };

async function measure(server: Server, seconds: number): Promise<Round> {
  const before = await server.cpuMicros();
  const result = await autocannon({
    url: `http://127.0.0.1:${server.port}`,
    connections: CONNECTIONS,
    duration: seconds,
    requests: paths.map((path) => ({ method: 'GET', path })),
  });
  if (result.errors > 0 || result.non2xx > 0)
    throw new Error(`${result.errors} errors and ${result.non2xx} refusals: nothing was measured`);
  const cpuMicros = ((await server.cpuMicros()) - before) / result.requests.total;
  return { perSecond: result.requests.average, cpuMicros, p99Ms: result.latency.p99 };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

async function main(): Promise<void> {
  const fluxo = await start('fluxo');
  const bare = await start('bare', await answersOf(`http://127.0.0.1:${fluxo.port}`, paths));
  for (const server of [fluxo, bare]) await measure(server, 2);
  const rounds: { fluxo: Round; bare: Round }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const result = {
      fluxo: await measure(fluxo, SECONDS_PER_ROUND),
      bare: await measure(bare, SECONDS_PER_ROUND),
    };
    rounds.push(result);
    console.error(`round ${round + 1}: ${text('fluxo', result.fluxo)}, ${text('bare', result.bare)}`);
  }
  for (const server of [fluxo, bare]) server.stop();
  const medianOf = (figure: (round: (typeof rounds)[number]) => number): number =>
    Number(median(rounds.map(figure)).toPrecision(3));
  console.log(
    JSON.stringify({
      bench: 'query-api',
      ratio: medianOf((each) => each.fluxo.perSecond / each.bare.perSecond),
      ratioByCpu: medianOf((each) => each.bare.cpuMicros / each.fluxo.cpuMicros),
      requestsPerSecond: medianOf((each) => each.fluxo.perSecond),
      barePerSecond: medianOf((each) => each.bare.perSecond),
      cpuMicrosPerRequest: medianOf((each) => each.fluxo.cpuMicros),
      bareCpuMicrosPerRequest: medianOf((each) => each.bare.cpuMicros),
      p99Ms: medianOf((each) => each.fluxo.p99Ms),
      bareP99Ms: medianOf((each) => each.bare.p99Ms),
    }),
  );
}

function text(name: string, round: Round): string {
  return `${name} ${Math.round(round.perSecond)}/s at ${round.cpuMicros.toFixed(1)} µs`;
}

/** CPU time of this process so far, in microseconds. */
function cpuUsed(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const role = process.argv[2];
if (role === undefined) await main();
else {
  const [{ answers }] = (await once(process, 'message')) as [{ answers: Answers }];
  const port = role === 'fluxo' ? await serveMemory() : await serveBare(answers);
  process.on('message', () => process.send?.({ value: cpuUsed() }));
  process.send?.({ value: port });
}
