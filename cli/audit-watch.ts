/**
 * `fluxo audit --watch`: one audit after the other, a line for each on standard output, and metrics for those who get paged. Each
 * round recounts from the beginning: what it costs is one read of the log, what it buys is that nothing a round got wrong, or
 * the memory of a long-running process, can reach the next. A round that could not run is said and counted, and does not end it.
 */
import type { Server } from 'node:http';
import { type AuditResult, differenceText } from '@fluxo/audit';
import type { AuditRoundBody, FailedAuditRoundBody } from '@fluxo/schemas';
import { Counter, Gauge, Registry, startHealthServer } from '@fluxo/telemetry';
import { auditText, unauditedIn, unreadableIn } from './audit-report.ts';
import { CliError, messageOf } from './cli-error.ts';
import { countOf, pause } from './progress.ts';
import { ResultWriter } from './result-writer.ts';
import { note, type Terminal } from './terminal.ts';

export type WatchOptions = {
  readonly terminal: Terminal;
  /** From the start of a round to the start of the next; a longer round is followed at once. */
  readonly everyMs: number;
  /** Where to serve /metrics, and at /readyz how the latest round ended; 0: nowhere. */
  readonly port: number;
};

/** Ends only when the terminal's signal does, with what that throws. */
export async function watchAudit(round: () => Promise<AuditResult>, options: WatchOptions): Promise<void> {
  const { terminal, everyMs } = options;
  const metrics = new WatchMetrics();
  const server = await metrics.serve(options.port, terminal);
  try {
    for (;;) {
      const startedMs = performance.now();
      await watchOnce(round, { terminal, metrics });
      await pause(Math.max(0, everyMs - (performance.now() - startedMs)), terminal.signal);
    }
  } finally {
    server?.close();
  }
}

async function watchOnce(
  round: () => Promise<AuditResult>,
  { terminal, metrics }: { readonly terminal: Terminal; readonly metrics: WatchMetrics },
): Promise<void> {
  const out = new ResultWriter(terminal.stdout);
  const at = new Date().toISOString();
  try {
    const result = await round();
    metrics.judged(result, at);
    await out.lines([...shownDifferences(result), `${at} ${verdictOf(result)}`]);
  } catch (error) {
    const couldNotRun = error instanceof CliError && error.code === 'cannot-judge';
    if (!couldNotRun) throw error;
    metrics.couldNotRun(messageOf(error), at);
    await out.lines([`${at} could not run`]);
    note(terminal, `fluxo: ${messageOf(error)}`);
  }
}

function shownDifferences(result: AuditResult): readonly string[] {
  return result.differences.count === 0 ? [] : auditText(result).slice(0, -1);
}

/** What a round found, behind its time. Alarms in the cloud read it (`infra/aws/observability/service-levels.ts`). */
export function verdictOf(result: AuditResult): string {
  const { counts, differences } = result;
  const missed = notJudgedIn(result);
  return (
    `${countOf(differences.count, 'difference')} in ${countOf(counts.submissions, 'submission')}; ` +
    `${countOf(unauditedIn(result), 'offset')} not taken yet${missed.length > 0 ? `; not judged: ${missed.join(', ')}` : ''}`
  );
}

function notJudgedIn({ views, partitions }: AuditResult): readonly string[] {
  const missed = views.filter(({ kind }) => kind === 'not-judged').map(({ view }) => view);
  return [...missed, ...unreadableIn({ partitions }).map(([name]) => name)];
}

/** Of a round that found more, the operator's page shows so many; the line of standard output has them all. */
const NAMED_MAX = 20;

/** What is shown over HTTP; ready once a round has run through. */
class WatchMetrics {
  readonly #registry = new Registry();
  #isReady = false;
  #round: AuditRoundBody | FailedAuditRoundBody | null = null;
  readonly #differences = new Gauge({
    name: 'fluxo_audit_differences',
    help: 'Differences the last round found; anything but 0 is an alert.',
    registers: [this.#registry],
  });
  readonly #oldest = new Gauge({
    name: 'fluxo_audit_oldest_unaudited_offset',
    help: 'First submission of the partition that no round has judged yet.',
    labelNames: ['partition'],
    registers: [this.#registry],
  });
  readonly #unaudited = new Gauge({
    name: 'fluxo_audit_unaudited_offsets',
    help: 'Submissions of the partition, in offsets, that were there and not judged in the last round.',
    labelNames: ['partition'],
    registers: [this.#registry],
  });
  readonly #rounds = new Counter({
    name: 'fluxo_audit_rounds_total',
    help: 'Rounds by how they ended.',
    labelNames: ['result'],
    registers: [this.#registry],
  });
  readonly #lastRound = new Gauge({
    name: 'fluxo_audit_last_round_timestamp_seconds',
    help: 'When the last round that looked at everything ended.',
    registers: [this.#registry],
  });

  async serve(port: number, terminal: Terminal): Promise<Server | null> {
    if (port === 0) return null;
    const readiness = () => ({ ready: this.#isReady, round: this.#round });
    const server = await startHealthServer({ port, metrics: this.#registry, readiness });
    note(terminal, `Metrics at http://127.0.0.1:${port}/metrics`);
    return server;
  }

  judged(judged: AuditResult, at: string): void {
    const { differences, partitions, counts } = judged;
    const notJudged = notJudgedIn(judged);
    const isWhole = notJudged.length === 0;
    const equal = isWhole ? 'equal' : 'view-not-judged';
    const result = differences.count > 0 ? 'differences' : equal;
    this.#differences.set(differences.count);
    for (const { partition, nextOffset, endOffset } of partitions) {
      this.#oldest.set({ partition }, nextOffset);
      this.#unaudited.set({ partition }, Math.max(0, endOffset - nextOffset));
    }
    this.#rounds.inc({ result });
    this.#round = {
      at,
      result,
      differences: differences.count,
      named: differences.kept.slice(0, NAMED_MAX).map(differenceText),
      submissions: counts.submissions,
      waiting: unauditedIn(judged),
      notJudged,
    };
    this.#isReady = isWhole;
    if (isWhole) this.#lastRound.setToCurrentTime();
  }

  couldNotRun(why: string, at: string): void {
    this.#isReady = false;
    this.#round = { at, result: 'could-not-run', why };
    this.#rounds.inc({ result: 'could-not-run' });
  }
}
