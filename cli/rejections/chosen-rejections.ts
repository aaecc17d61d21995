/** Which rejections a person means: the options that choose them, and looking them up, at most so many. */
import {
  type FoundRejection,
  findRejections,
  type RejectionFilter,
  type RejectionName,
} from '@fluxo/pipeline';
import type { Command } from 'commander';
import { merchantIdNamed, rejectionCode } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import type { StackKafka } from '../stack-connection.ts';
import { type Moment, momentOf, timeOf } from '../starting-point.ts';
import type { Terminal } from '../terminal.ts';

export type FilterOptions = {
  readonly code?: string;
  readonly merchant?: string;
  readonly since: Moment;
};

/** The options that choose rejections. */
export function withFilter(command: Command): Command {
  return command
    .option('--code <code>', 'only those refused with this code, such as day-closed', rejectionCode)
    .option('--merchant <id>', 'only those of this merchant, by key or by value', merchantIdNamed)
    .option('--since <when>', 'only those since an instant or for so long: 90s, 15m, 2h, 3d', momentOf, {
      kind: 'beginning',
    });
}

/** What the options choose of these; all of them if there are none. */
export function filterOf(
  { code, merchant, since }: FilterOptions,
  names: readonly RejectionName[],
): RejectionFilter {
  return {
    names,
    sinceMs: since.kind === 'beginning' ? null : timeOf(since, Date.now()),
    ...(code === undefined ? {} : { code }),
    ...(merchant === undefined ? {} : { merchant }),
  };
}

export type Search = { readonly filter: RejectionFilter; readonly max: number };

/** The first that pass, at most so many. */
export async function collect(
  kafka: StackKafka,
  { filter, max }: Search,
  { signal }: Terminal,
): Promise<readonly FoundRejection[]> {
  const found: FoundRejection[] = [];
  for await (const each of findRejections(kafka, filter, signal)) {
    found.push(each);
    if (found.length >= max) break;
  }
  return found;
}

export function nothingFound(): CliError {
  return new CliError(
    'not-found',
    'There is no such rejection in the topic, which keeps them for 90 days.\n`fluxo rejections list` shows those there are.',
  );
}
