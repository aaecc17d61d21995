/**
 * The query API beside bare `node:http`, Redis through Fastify and Postgres through Fastify, all with the same answers and in turns, so that what
 * else the machine does hits all of them. Two questions: how many requests and how much CPU (as fast as fifty callers are answered), and what a
 * caller sees at steady rates (open load), up to the rate where it stops keeping up.
 */
import { formatDate } from '@fluxo/schemas';
import autocannon from 'autocannon';
import { answersOf } from '../bare-server.ts';
import { round, spreadOf } from '../statistics.ts';
import { DAYS, LAST_DAY } from '../stored-documents.ts';
import type { LoadGenerator } from './load-generator.ts';
import { withNoise } from './noise.ts';
import { figuresOf, keepsUp } from './outcome.ts';
import { type Asked, dayPath, rangePath } from './questions.ts';
import { Subject, type SubjectName, subjectNames } from './subject.ts';

const MERCHANTS = 200;
const RANGE_DAYS = 30;
const CALLERS = 50;
export const RATES = [50, 500, 5_000] as const;
const KNEE_FROM = 1_000;
const KNEE_STEP = 1.3;
const KNEE_STEPS_MAX = 14;
/** One in ten readers looks at the month. */
export const RANGE_SHARE = 0.1;

export type Effort = {
  /** Of what is repeated in turns. */
  readonly rounds: number;
  readonly closedSeconds: number;
  readonly openSeconds: number;
  readonly kneeSeconds: number;
};

export type Stores = { readonly redis: string; readonly postgres: string };

const days = Array.from({ length: RANGE_DAYS }, (_, index) => DAYS - RANGE_DAYS + index);
const dates = days.map((day) => formatDate(LAST_DAY - DAYS + day));
const merchants = Array.from({ length: MERCHANTS }, (_, index) => `m-${index}`);

const questions = {
  'one balance': merchants.flatMap((merchantId) => dates.map((date) => dayPath(merchantId, date))),
  '30 days': merchants.map((merchantId) => rangePath(merchantId, dates)),
} as const;
type Question = keyof typeof questions;

const asked = (seed: number): Asked => ({ merchants, dates, rangeShare: RANGE_SHARE, seed });

/** Measures all of it; each result is a line to print. */
export async function* besideOthers(
  generator: LoadGenerator,
  stores: Stores,
  effort: Effort,
): AsyncGenerator<object> {
  const subjects = await startSubjects(stores);
  try {
    for (const question of Object.keys(questions) as Question[]) yield* costs(subjects, question, effort);
    for (const perSecond of RATES)
      for (const subject of subjects) yield await atRate(generator, subject, perSecond, effort.openSeconds);
    for (const { name, address, pid } of subjects) {
      const knee = await withNoise([process.pid, generator.pid, pid], () =>
        kneeOf(generator, [address], asked(2), effort),
      );
      yield { part: 'beside', subject: name, ...knee };
    }
  } finally {
    for (const subject of subjects) subject.stop();
  }
}

async function startSubjects(stores: Stores): Promise<readonly Subject[]> {
  const plan = { merchants: MERCHANTS, days, ...stores };
  const fluxo = await Subject.start('fluxo', { ...plan, answers: [] });
  const answers = await answersOf(fluxo.address, Object.values(questions).flat());
  const others = subjectNames.filter((name) => name !== 'fluxo');
  return [fluxo, ...(await Promise.all(others.map((name) => Subject.start(name, { ...plan, answers }))))];
}

/** `lost`: not answered with 2xx; a figure beside it is worth that much less. */
type Cost = { readonly perSecond: number; readonly cpuMicros: number; readonly lost: number };

/** A line for each subject, with the ratios of the same round to the bare minimum: 1 is as good, less is worse. */
async function* costs(
  subjects: readonly Subject[],
  question: Question,
  { rounds, closedSeconds }: Effort,
): AsyncGenerator<object> {
  for (const subject of subjects) await cost(subject, question, 1);
  const measured: Map<SubjectName, Cost>[] = [];
  const noise = await withNoise([process.pid, ...subjects.map(({ pid }) => pid)], async () => {
    for (let count = 0; count < rounds; count += 1) {
      const turn = new Map<SubjectName, Cost>();
      for (const subject of subjects) turn.set(subject.name, await cost(subject, question, closedSeconds));
      measured.push(turn);
    }
    return {};
  });
  const medianOf = (figure: (turn: ReadonlyMap<SubjectName, Cost>) => number): number =>
    round(spreadOf(measured.map(figure)).median);
  for (const { name } of subjects) {
    const own = (turn: ReadonlyMap<SubjectName, Cost>): Cost => turn.get(name) as Cost;
    const bare = (turn: ReadonlyMap<SubjectName, Cost>): Cost => turn.get('bare') as Cost;
    yield {
      part: 'cost',
      question,
      subject: name,
      ratio: medianOf((turn) => own(turn).perSecond / bare(turn).perSecond),
      ratioByCpu: medianOf((turn) => bare(turn).cpuMicros / own(turn).cpuMicros),
      requestsPerSecond: medianOf((turn) => own(turn).perSecond),
      cpuMicrosPerRequest: medianOf((turn) => own(turn).cpuMicros),
      lost: measured.reduce((sum, turn) => sum + own(turn).lost, 0),
      ...noise,
    };
  }
}

async function cost(subject: Subject, question: Question, seconds: number): Promise<Cost> {
  const before = await subject.cpuMicros();
  const { errors, non2xx, requests } = await autocannon({
    url: subject.address,
    connections: CALLERS,
    duration: seconds,
    requests: questions[question].map((path) => ({ method: 'GET', path })),
  });
  const cpuMicros = ((await subject.cpuMicros()) - before) / requests.total;
  return { perSecond: requests.average, cpuMicros, lost: errors + non2xx };
}

async function atRate(
  generator: LoadGenerator,
  { name, address, pid }: Subject,
  perSecond: number,
  seconds: number,
): Promise<object> {
  await generator.run({ addresses: [address], asked: asked(1), perSecond, seconds: 1 });
  return withNoise([process.pid, generator.pid, pid], async () => {
    const outcomes = await generator.run({ addresses: [address], asked: asked(2), perSecond, seconds });
    return { part: 'beside', subject: name, perSecond, ...figuresOf(outcomes) };
  });
}

/** The highest of growing rates that these addresses kept up with, and the first that they did not (null: they kept up with all). */
export async function kneeOf(
  generator: LoadGenerator,
  addresses: readonly string[],
  wanted: Asked,
  { kneeSeconds }: Effort,
): Promise<{ readonly kneePerSecond: number; readonly gaveWayPerSecond: number | null }> {
  let kneePerSecond = 0;
  for (let step = 0; step < KNEE_STEPS_MAX; step += 1) {
    const perSecond = Math.round(KNEE_FROM * KNEE_STEP ** step);
    const outcomes = await generator.run({ addresses, asked: wanted, perSecond, seconds: kneeSeconds });
    if (!keepsUp(figuresOf(outcomes))) return { kneePerSecond, gaveWayPerSecond: perSecond };
    kneePerSecond = perSecond;
  }
  return { kneePerSecond, gaveWayPerSecond: null };
}
