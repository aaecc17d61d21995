/**
 * `fluxo simulate`: some hundred merchants whose tills sell, refund, carry cash to the safe and close the day, at a steady rate, until
 * Ctrl-C or for a while. The play is that of `@fluxo/producers`; this is its face on the command line.
 */
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runSimulator, Simulation, TillProducer } from '@fluxo/producers';
import type { Command } from 'commander';
import { examples, wholeNumber } from '../arguments.ts';
import { messageOf } from '../cli-error.ts';
import { countOf, startProgress } from '../progress.ts';
import { ResultWriter } from '../result-writer.ts';
import { addressesOf, reachableBrokers } from '../stack-connection.ts';
import { note, type Terminal } from '../terminal.ts';

const MERCHANTS_DEFAULT = 300;
const RATE_DEFAULT = 50;
const MERCHANTS_MAX = 9_999;
const RATE_MAX = 10_000;
const SECONDS_MAX = 30 * 86_400;
const SEED_MAX = 2 ** 31 - 1;

/** How long the last submissions may take to be acknowledged once the play is over. */
const FLUSH_WITHIN_MS = 4_000;

type SimulateOptions = {
  readonly merchants: number;
  readonly rate: number;
  readonly seed?: number;
  readonly for?: number;
};

export function addSimulate(program: Command, terminal: Terminal): void {
  program
    .command('simulate')
    .summary('play some hundred tills')
    .description(
      'Configures merchants (sim-0001 and so on) and lets their tills sell until Ctrl-C: openings, sales by the hour, refunds, cash carried to the ' +
        'safe, late entries, reversals and closings. `npm start` plays the same.',
    )
    .option(
      '--merchants <count>',
      'how many merchants',
      wholeNumber({ from: 1, to: MERCHANTS_MAX }),
      MERCHANTS_DEFAULT,
    )
    .option(
      '--rate <perSecond>',
      'submissions a second, on average',
      wholeNumber({ from: 1, to: RATE_MAX }),
      RATE_DEFAULT,
    )
    .option('--seed <number>', 'plays the same again', wholeNumber({ from: 0, to: SEED_MAX }))
    .option('--for <seconds>', 'end after this long', wholeNumber({ from: 1, to: SECONDS_MAX }))
    .addHelpText('after', examples('fluxo simulate', 'fluxo simulate --merchants 20 --rate 500 --for 60'))
    .action((options: SimulateOptions) => simulate(options, terminal));
}

async function simulate(options: SimulateOptions, terminal: Terminal): Promise<void> {
  const { registry } = addressesOf(terminal);
  const access = await reachableBrokers(terminal);
  const spoolDirectory = await mkdtemp(join(tmpdir(), 'fluxo-simulate-'));
  const till = await TillProducer.connect({
    ...access,
    registry,
    source: { system: 'fluxo-simulator' },
    spoolDirectory,
    onTrouble: (error, pending) =>
      note(terminal, `${countOf(pending, 'submission')} waiting: ${messageOf(error)}`),
  });
  try {
    const accepted = await play(till, options, terminal);
    await Promise.race([till.flush(), sleep(FLUSH_WITHIN_MS)]);
    const acknowledged = accepted - till.pending;
    await new ResultWriter(terminal.stdout).lines([`${countOf(acknowledged, 'submission')} acknowledged.`]);
  } finally {
    await till.close();
    await rm(spoolDirectory, { recursive: true, force: true });
  }
}

/** Resolves with the number of submissions when the play is over. */
async function play(till: TillProducer, options: SimulateOptions, terminal: Terminal): Promise<number> {
  const over = new AbortController();
  const progress = startProgress(terminal, { label: 'simulate', total: options.for ?? null });
  let [accepted, startedMs] = [0, performance.now()];
  try {
    await runSimulator({
      till,
      simulation: new Simulation({ merchants: options.merchants, seed: options.seed ?? randomInt(SEED_MAX) }),
      ratePerSecond: options.rate,
      signal: AbortSignal.any([terminal.signal, over.signal]),
      onReady: () => {
        startedMs = performance.now();
        if (options.for !== undefined) setTimeout(() => over.abort(), options.for * 1_000).unref();
      },
      onSubmitted: () => {
        accepted += 1;
        const done = (performance.now() - startedMs) / 1_000;
        progress.show({ done, count: `${countOf(accepted, 'submission')}, ${till.pending} on their way` });
      },
    });
    return accepted;
  } finally {
    progress.stop();
  }
}
