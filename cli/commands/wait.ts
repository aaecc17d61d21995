/**
 * `fluxo wait`: returns when everything that was in the submissions when it began has gone all the way: through the processor, then
 * through the sinks and into the query API. What is submitted meanwhile is not waited for, so it ends also while entries flow.
 */
import {
  holdsRecords,
  type Lag,
  lagsBehind,
  type Positions,
  processor,
  publishedTopics,
  type Span,
  type Stage,
  sinksIn,
  spanOf,
  spansOf,
  totalOf,
} from '@fluxo/pipeline';
import { servedTopics } from '@fluxo/schemas';
import type { Command } from 'commander';
import { examples, wholeNumber } from '../arguments.ts';
import { CliError, messageOf } from '../cli-error.ts';
import { countOf, type Progress, pause, startProgress } from '../progress.ts';
import { QueryApi } from '../query-api.ts';
import { ResultWriter } from '../result-writer.ts';
import { addressesOf, apiAccess, StackKafka } from '../stack-connection.ts';
import type { Terminal } from '../terminal.ts';

const TIMEOUT_DEFAULT_S = 60;
const TIMEOUT_MAX_S = 86_400;
const POLL_MS = 200;
const LAGS_SHOWN_MAX = 12;
const LOOK_AT_THE_STACK =
  'Does it run (`npm run stack -- status`)? Its log is in FLUXO_HOME/logs; `fluxo topics` shows whether the lag shrinks.';

type WaitOptions = { readonly timeout: number };

export function addWait(program: Command, terminal: Terminal): void {
  program
    .command('wait')
    .summary('wait until everything submitted so far is processed and served')
    .description(
      'Returns when the processor has taken what was in the submissions when the command began, and the sinks and the query API show what ' +
        'came of it. Exit code 1, naming what lags, if that takes too long.',
    )
    .option(
      '--timeout <seconds>',
      'how long to wait',
      wholeNumber({ from: 0, to: TIMEOUT_MAX_S }),
      TIMEOUT_DEFAULT_S,
    )
    .addHelpText('after', examples('fluxo submit day.jsonl && fluxo wait && fluxo balance sim-0001'))
    .action(async (options: WaitOptions) => {
      await StackKafka.use(terminal, (kafka) => waitForAll(kafka, options, terminal));
      await new ResultWriter(terminal.stdout).lines(['Processor, sinks and query API have caught up.']);
    });
}

/** Somebody who reads topics and can say how far it is. */
type Reader = {
  readonly name: string;
  /** What of these spans it has not read yet. */
  readonly lagsOf: (spans: readonly Span[]) => Promise<readonly Lag[]>;
  /** What the person may do when it lags for too long. */
  readonly advice: () => string;
};

async function waitForAll(kafka: StackKafka, { timeout }: WaitOptions, terminal: Terminal): Promise<void> {
  const progress = startProgress(terminal, { label: 'wait', total: null });
  const wait = new Wait(kafka, { progress, signal: terminal.signal, timeoutS: timeout });
  try {
    await wait.until(groupReader(kafka, processor), await spanOf(kafka, processor.reads));
    const goals = await spansOf(kafka, publishedTopics);
    for (const sink of sinksIn(terminal.env))
      await wait.until(
        groupReader(kafka, sink),
        goals.filter(({ topic }) => topic === sink.reads.name),
      );
    const served = goals.filter(({ topic }) => servedTopics.some(({ name }) => name === topic));
    const api = new QueryApi(addressesOf(terminal).queryApi, apiAccess(terminal), terminal.signal);
    await wait.until(apiReader(api), served);
  } finally {
    progress.stop();
  }
}

function groupReader(kafka: StackKafka, stage: Stage): Reader {
  return {
    name: stage.name,
    lagsOf: async (spans) => lagsBehind(spans, await kafka.committed(stage)),
    advice: () => LOOK_AT_THE_STACK,
  };
}

/**
 * The memory view of the query API, which says where it stands; an API that does not answer lags with everything. Partitions that it leaves
 * to other processes (decision 0027) it answers out of the stores, whose sinks were waited for.
 */
function apiReader(api: QueryApi): Reader {
  let advice = LOOK_AT_THE_STACK;
  return {
    name: 'query API',
    lagsOf: async (spans) => {
      try {
        const { body } = await api.ask('/readyz');
        advice = LOOK_AT_THE_STACK;
        const positions = positionsIn(body);
        return lagsBehind(heldOf(spans, positions), positions);
      } catch (error) {
        advice = messageOf(error);
        return spans;
      }
    },
    advice: () => advice,
  };
}

/** The API names no position at all before it reads, and afterwards one for each partition it holds. */
function heldOf(spans: readonly Span[], positions: Positions): readonly Span[] {
  return spans.filter(({ topic, partition }) => positions.get(topic)?.has(partition) ?? true);
}

type Readiness = { readonly positions?: Readonly<Record<string, Readonly<Record<string, number>>>> };

function positionsIn(body: unknown): Positions {
  const { positions = {} } = (body ?? {}) as Readiness;
  return new Map(
    Object.entries(positions).map(([topic, offsets]) => [
      topic,
      new Map(Object.entries(offsets).map(([partition, offset]) => [Number(partition), offset])),
    ]),
  );
}

type WaitLimits = { readonly progress: Progress; readonly signal: AbortSignal; readonly timeoutS: number };

class Wait {
  readonly #kafka: StackKafka;
  readonly #limits: WaitLimits;
  readonly #deadlineMs: number;

  constructor(kafka: StackKafka, limits: WaitLimits) {
    this.#kafka = kafka;
    this.#limits = limits;
    this.#deadlineMs = performance.now() + limits.timeoutS * 1_000;
  }

  /** Resolves when the reader has read these spans. Fails with `differences`, naming what lags, when time is up. */
  async until(reader: Reader, spans: readonly Span[]): Promise<void> {
    for (let before = ''; ; ) {
      const lags = await reader.lagsOf(spans);
      if (lags.length === 0) return;
      const now = JSON.stringify(lags);
      if (now === before && !(await this.#holdRecords(lags))) return;
      before = now;
      if (performance.now() >= this.#deadlineMs) throw lagging(reader, lags, this.#limits.timeoutS);
      this.#limits.progress.show({
        done: 0,
        count: `${reader.name} is ${countOf(totalOf(lags), 'offset')} behind`,
      });
      await pause(POLL_MS, this.#limits.signal);
    }
  }

  /** Nothing but transaction markers may be left: those have offsets, but a group need not commit them. */
  async #holdRecords(lags: readonly Lag[]): Promise<boolean> {
    for (const lag of lags) if (await holdsRecords(this.#kafka, lag)) return true;
    return false;
  }
}

function lagging(reader: Reader, lags: readonly Lag[], timeoutS: number): CliError {
  const lines = lags
    .slice(0, LAGS_SHOWN_MAX)
    .map(({ topic, partition, from, to }) => `  ${topic}, partition ${partition}: at ${from} of ${to}`);
  const hidden =
    lags.length > LAGS_SHOWN_MAX ? [`  … and ${lags.length - LAGS_SHOWN_MAX} more partitions`] : [];
  return new CliError(
    'differences',
    [
      `After ${countOf(timeoutS, 'second')} the ${reader.name} still lags by ${countOf(totalOf(lags), 'offset')}:`,
      ...lines,
      ...hidden,
      reader.advice(),
    ].join('\n'),
  );
}
