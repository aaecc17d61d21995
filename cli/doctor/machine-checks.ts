/**
 * What the doctor looks at on this machine and in the processes: who runs and is ready, room on the disk, and whether clocks agree. Time is
 * money here: `submittedAt` is judged against the broker's clock, and a day closes by it.
 */
import { statfs } from 'node:fs/promises';
import type { LogReader } from '@fluxo/kafka';
import { allTopics } from '@fluxo/schemas';
import {
  defaultSize,
  logFile,
  placeOf,
  type Service,
  Supervisor,
  serviceNamed,
  servicesOf,
} from '@fluxo/stack';
import { QueryApi } from '../query-api.ts';
import { addressesOf, apiAccess, StackKafka } from '../stack-connection.ts';
import type { Terminal } from '../terminal.ts';
import { type Check, fail, ok, type Verdict, warn } from './check.ts';

const CLOCK_WARN_MS = 2_000;
/** Beyond the tolerance of spec.md 3.2, check 5: honest submissions are refused. */
const CLOCK_FAIL_MS = 300_000;
const SET_THE_CLOCK = 'Let NTP set the clock of that machine, or of this one, whichever is wrong.';

const GIB = 1024 ** 3;
const FREE_WARN_BYTES = 5 * GIB;
const FREE_FAIL_BYTES = GIB;

/** The processes of the local stack; the query API alone where servers elsewhere are meant. */
export function processCheck(terminal: Terminal): Check {
  const isElsewhere = (terminal.env['FLUXO_KAFKA'] ?? '') !== '';
  return {
    name: 'processes',
    advice: 'Start them with `npm start`; their logs are in FLUXO_HOME/logs.',
    look: isElsewhere ? () => apiVerdicts(terminal) : () => stackVerdicts(terminal),
  };
}

async function apiVerdicts(terminal: Terminal): Promise<readonly Verdict[]> {
  const { queryApi } = addressesOf(terminal);
  const api = new QueryApi(queryApi, apiAccess(terminal), terminal.signal);
  const { status } = await api.ask('/readyz');
  if (status === 200)
    return [ok(`the query API at ${queryApi} is ready; the others are not of this machine`)];
  return [
    warn(
      `the query API at ${queryApi} is not ready (${status})`,
      'It loads, or has lost its brokers: look at its log.',
    ),
  ];
}

async function stackVerdicts(terminal: Terminal): Promise<readonly Verdict[]> {
  const supervisor = new Supervisor(placeOf(terminal.env));
  const names = [...(await supervisor.runningNames())].toSorted();
  if (names.length === 0) return [fail('no stack runs here', 'Start one with `npm start`.')];
  const services = names.map(serviceNamed);
  const states = await Promise.all(services.map((service) => serviceVerdict(supervisor, service)));
  const absent = absentKinds(names, terminal.env['FLUXO_AUTH'] !== 'off').map((name) =>
    warn(`${name} is stopped`, `\`npm run stack -- start ${name}\` starts it.`),
  );
  const trouble = [...states.filter(({ state }) => state !== 'ok'), ...absent];
  return trouble.length > 0 ? trouble : [ok(`${names.length} processes run and are ready`)];
}

/** The first of each kind of process that every stack has and this one has not. One that was stopped is not among those started. */
export function absentKinds(started: readonly string[], hasSignIn: boolean): readonly string[] {
  const kindOf = (name: string) => name.replace(/-\d+$/, '');
  const kinds = new Set(started.map(kindOf));
  return servicesOf({ ...defaultSize, hasSimulator: false, hasSignIn })
    .filter(({ kind, name }) => kind !== 'task' && !kinds.has(kindOf(name)))
    .map(({ name }) => name);
}

async function serviceVerdict(supervisor: Supervisor, service: Service): Promise<Verdict> {
  const { name } = service;
  if (await supervisor.isReady(service)) return ok(`${name} is ready`);
  const seeLog = `Its log is ${logFile(supervisor.place, name)}.`;
  if (!supervisor.hasDied(service)) return warn(`${name} runs and is not ready`, `Wait a moment. ${seeLog}`);
  return fail(`${name} has died`, `\`npm run stack -- start ${name}\` brings it back. ${seeLog}`);
}

/** Room where the local stack keeps its data. */
export function diskCheck(terminal: Terminal): Check {
  return {
    name: 'disk',
    advice: 'Does FLUXO_HOME exist? `npm start` makes it.',
    look: async () => {
      const { home } = placeOf(terminal.env);
      const { bavail, bsize } = await statfs(home);
      return [diskVerdict(bavail * bsize, home)];
    },
  };
}

export function diskVerdict(freeBytes: number, home: string): Verdict {
  const found = `${Math.floor(freeBytes / GIB)} GiB are free at ${home}`;
  if (freeBytes >= FREE_WARN_BYTES) return ok(found);
  const advice =
    'Make room before the broker stops: it accepts nothing on a full disk, and the submissions are kept for ever.';
  return freeBytes < FREE_FAIL_BYTES ? fail(found, advice) : warn(found, advice);
}

/** Whether the brokers' clock is ahead of ours: nothing that is in the log may have been appended later than now. */
export function brokerClockCheck(terminal: Terminal): Check {
  return {
    name: 'clock',
    advice: 'The clock of the brokers cannot be told without them: begin with Kafka.',
    look: () => StackKafka.use(terminal, async (kafka) => [await brokerClock(kafka)]),
  };
}

async function brokerClock(kafka: StackKafka): Promise<Verdict> {
  const partitions = await Promise.all(
    allTopics.map(async (topic) => [topic.name, await kafka.partitionsOf(topic)] as const),
  );
  for (const ms of [CLOCK_FAIL_MS, CLOCK_WARN_MS])
    if (await holdsRecordsAfter(kafka.reader, new Map(partitions), Date.now() + ms))
      return clockVerdict('the broker that stamped the newest records', ms + 1);
  return ok('no record was appended later than now');
}

/** Whether any of these topics (name → partitions) has a record at or after this time; what comes in meanwhile is not looked at. */
export async function holdsRecordsAfter(
  reader: Pick<LogReader, 'endOffset' | 'offsetAtTime'>,
  topics: ReadonlyMap<string, number>,
  timestampMs: number,
): Promise<boolean> {
  for (const [topic, partitions] of topics)
    for (let partition = 0; partition < partitions; partition += 1) {
      // The end comes first: where no record is that late, the offset is the end, which may have moved on by then.
      const end = await reader.endOffset(topic, partition);
      if ((await reader.offsetAtTime(topic, partition, timestampMs)) < end) return true;
    }
  return false;
}

/** How far a clock that said this between question and answer is ahead of ours, or behind if negative; a slow answer is neither. */
export function aheadOf(
  nowMs: number,
  { askedMs, answeredMs }: { readonly askedMs: number; readonly answeredMs: number },
): number {
  return nowMs - Math.min(answeredMs, Math.max(askedMs, nowMs));
}

/** What to say of a clock that is ahead of ours by so much, or behind if negative. */
export function clockVerdict(whose: string, aheadMs: number): Verdict {
  const apartMs = Math.abs(aheadMs);
  if (apartMs <= CLOCK_WARN_MS) return ok(`the clock of ${whose} agrees with ours`);
  const found = `the clock of ${whose} is ${aheadMs > 0 ? 'ahead of' : 'behind'} ours by more than ${Math.floor(apartMs / 1_000)} s`;
  return apartMs > CLOCK_FAIL_MS ? fail(found, SET_THE_CLOCK) : warn(found, SET_THE_CLOCK);
}
