/** A plan of a replay for people, a line for each rejection and a sum at the end; and for programs. */
import { idOf, placeText, type ReplayStep } from '@fluxo/pipeline';
import { formatDate } from '@fluxo/schemas';
import { countOf } from '../progress.ts';
import { escaped } from '../shown-record.ts';

/** `isSent`: those that are accepted have been sent. */
export function planText(steps: readonly ReplayStep[], isSent: boolean): readonly string[] {
  const count = (kind: ReplayStep['verdict']['kind']) =>
    steps.filter(({ verdict }) => verdict.kind === kind).length;
  return [
    ...steps.map((step) => stepText(step, isSent)),
    `${countOf(count('accepted'), 'submission')} ${isSent ? 'sent' : 'would be sent'}, ${count('duplicate')} accepted before, ` +
      `${count('rejected')} would be refused again, ${count('lost')} lost.`,
  ];
}

function stepText(step: ReplayStep, isSent: boolean): string {
  const { found } = step;
  const type = found.submission.kind === 'record' ? found.submission.type : 'undecodable';
  const what = escaped(`${type} ${idOf(found) ?? ''}`.trim());
  return `${placeText(found)} ${what}, refused as ${found.rejection.code}: ${verdictText(step, isSent)}`;
}

function verdictText({ verdict, partition }: ReplayStep, isSent: boolean): string {
  switch (verdict.kind) {
    case 'accepted': {
      const effects = verdict.records.map(({ type, businessDate }) =>
        businessDate === null ? type : `${type} on ${formatDate(businessDate)}`,
      );
      return `${isSent ? 'sent' : 'would be sent'} to partition ${partition}, accepted as ${effects.join(', ')}`;
    }
    case 'duplicate':
      return 'was accepted since, nothing to do';
    case 'rejected':
      return `would be refused again: ${verdict.code}: ${escaped(verdict.detail)}`;
    case 'lost':
      return `cannot be sent: ${verdict.reason}`;
  }
}

/** For programs. */
export function stepJson({ found, partition, verdict }: ReplayStep, isSent: boolean): object {
  return {
    rejection: placeText(found),
    id: idOf(found),
    refusedAs: found.rejection.code,
    partition,
    verdict,
    sent: isSent && verdict.kind === 'accepted',
  };
}
