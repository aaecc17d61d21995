/**
 * How far a long command is, on standard error: a bar on a terminal, elsewhere a plain line every few seconds, and nothing at
 * all for work that is done sooner. It never touches standard output.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';

const LINE_EVERY_MS = 5_000;
const BAR_COLUMNS = 24;

export type ProgressStep = {
  /** In the unit of `total`. */
  readonly done: number;
  /** What a person would count: "12,000 lines". */
  readonly count: string;
};

export interface Progress {
  show(step: ProgressStep): void;
  /** Must be called, also after a failure: it gives the line of the terminal back. */
  stop(): void;
}

export type ProgressOptions = {
  readonly label: string;
  /** What the whole work is in some unit; null if that is not known. */
  readonly total: number | null;
  /** Results are printed meanwhile: on the same screen, they are progress enough. */
  readonly isPrinting?: boolean;
};

const silence: Progress = { show: () => undefined, stop: () => undefined };

export function startProgress(terminal: Terminal, options: ProgressOptions): Progress {
  if (options.isPrinting === true && terminal.stdout.isTTY === true) return silence;
  return terminal.stderr.isTTY === true ? startBar(terminal, options) : new PlainProgress(terminal, options);
}

function startBar(terminal: Terminal, { label, total }: ProgressOptions): Progress {
  const measure = total === null ? '' : ' {bar} {percentage} %';
  const bar = new SingleBar({
    format: `${label}${measure} · {count} · {duration_formatted}`,
    barsize: BAR_COLUMNS,
    stream: terminal.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  bar.start(total ?? 1, 0, { count: 'starting' });
  return {
    show: ({ done, count }) => bar.update(total === null ? 0 : Math.min(done, total), { count }),
    stop: () => bar.stop(),
  };
}

class PlainProgress implements Progress {
  readonly #timer: NodeJS.Timeout;
  #last: ProgressStep | null = null;

  constructor(terminal: Terminal, { label, total }: ProgressOptions) {
    this.#timer = setInterval(() => {
      if (this.#last === null) return;
      const share = total === null || total === 0 ? '' : `${percentOf(this.#last.done, total)} %, `;
      terminal.stderr.write(`${label}: ${share}${this.#last.count}\n`);
    }, LINE_EVERY_MS).unref();
  }

  show(step: ProgressStep): void {
    this.#last = step;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function percentOf(done: number, total: number): number {
  return Math.min(100, Math.floor((done * 100) / total));
}

const grouped = new Intl.NumberFormat('en');

/** A count with its noun: `1 line`, `12,000 lines`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped.format(count)} ${count === 1 ? noun : plural}`;
}

/** Waits, but not longer than until the command is to stop. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}
