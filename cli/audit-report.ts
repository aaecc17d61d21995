/** The verdict of an audit as lines for people and as JSON for programs. */
import { type AuditResult, differenceText, type ViewResult } from '@fluxo/audit';
import { countOf } from './progress.ts';

/** Named in the text; `--json` names up to a thousand. */
const DIFFERENCES_SHOWN_MAX = 50;

/** Differences first, one a line; then what was compared; the verdict last. */
export function auditText({ counts, partitions, views, differences }: AuditResult): readonly string[] {
  const { submissions, counted, duplicates, rejected } = counts;
  const hidden = differences.count - Math.min(differences.kept.length, DIFFERENCES_SHOWN_MAX);
  return [
    ...differences.kept.slice(0, DIFFERENCES_SHOWN_MAX).map(differenceText),
    ...(hidden > 0 ? [`… and ${countOf(hidden, 'more difference')}`] : []),
    `${countOf(submissions, 'submission')} in ${countOf(partitions.length, 'partition')}: ` +
      `${countOf(counted, 'posted or applied', 'posted or applied')}, ${countOf(duplicates, 'duplicate')}, ${countOf(rejected, 'rejected', 'rejected')}.`,
    `Compared: ${countOf(counts.ledgerRecords, 'ledger record')}, ${countOf(counts.balances, 'balance')}, ` +
      `${countOf(counts.merchants, 'merchant')}, ${countOf(counts.rejections, 'rejection')}; ${views.map(viewText).join(', ')}.`,
    ...waitingText(unauditedIn({ partitions })),
    ...unreadableIn({ partitions }).map(([name, reason]) => `Not judged: ${name}. ${reason}`),
    `${countOf(differences.count, 'difference')}.`,
  ];
}

/** The same as one document. */
export function toAuditJson({ counts, partitions, views, differences }: AuditResult): unknown {
  return {
    ...counts,
    partitions,
    views,
    differences: differences.count,
    named: differences.kept,
  };
}

/** Offsets of submissions that the processor had not come to. */
export function unauditedIn({ partitions }: Pick<AuditResult, 'partitions'>): number {
  return partitions
    .filter(({ unreadable }) => unreadable === undefined)
    .reduce((sum, { nextOffset, endOffset }) => sum + Math.max(0, endOffset - nextOffset), 0);
}

/** Partitions that nobody can read, and what was passed over in others, each by name and why. */
export function unreadableIn({
  partitions,
}: Pick<AuditResult, 'partitions'>): readonly (readonly [string, string])[] {
  return partitions.flatMap(({ partition, unreadable, passed = [] }) => [
    ...(unreadable === undefined ? [] : [[`partition ${partition}`, unreadable] as const]),
    ...passed.map(({ baseOffset, lastOffset }) => {
      const offsets =
        baseOffset === lastOffset ? `offset ${baseOffset}` : `offsets ${baseOffset} to ${lastOffset}`;
      return [`${offsets} of partition ${partition}`, PASSED] as const;
    }),
  ]);
}

const PASSED =
  'Nobody can read this batch of submissions, and the processor was led past it; everything else of the partition was judged. ' +
  'See "A batch that nobody can read" in docs/reliability.md.';

function viewText(result: ViewResult): string {
  if (result.kind === 'not-judged') return `${result.view} not judged`;
  const { documents, view, elsewhere } = result;
  const place = view === 'query API' ? 'the query API' : view;
  const left =
    elsewhere.length === 0 ? '' : ` (${countOf(elsewhere.length, 'partition')} left to other processes)`;
  return `${countOf(documents, 'document')} in ${place}${left}`;
}

function waitingText(offsets: number): readonly string[] {
  if (offsets === 0) return [];
  return [
    `Not judged: ${countOf(offsets, 'offset')} of submissions that the processor has not taken yet (\`fluxo wait\`).`,
  ];
}
