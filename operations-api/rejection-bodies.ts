/** Rejections and plans of a replay as the API answers them. */
import { toJsonForm } from '@fluxo/kafka';
import { type FoundRejection, idOf, isWhole, merchantOf, type ReplayStep, textOf } from '@fluxo/pipeline';
import {
  formatDate,
  type RejectionBody,
  type RejectionDetailBody,
  type ReplayBody,
  type ReplayVerdictBody,
  toInstant,
} from '@fluxo/schemas';
import { placeOf } from './place.ts';

export function rejectionBody(found: FoundRejection): RejectionBody {
  const { rejection, submission } = found;
  return {
    place: placeOf(found),
    code: rejection.code,
    detail: rejection.detail,
    recordedAt: toInstant(rejection.recordedAt),
    sourceOffset: rejection.sourceOffset,
    key: textOf(rejection.key),
    merchantId: merchantOf(found),
    type: submission.kind === 'record' ? submission.type : null,
    submissionId: idOf(found),
  };
}

export function rejectionDetailBody(found: FoundRejection): RejectionDetailBody {
  const { rejection, submission } = found;
  return {
    ...rejectionBody(found),
    submission:
      submission.kind === 'record'
        ? (toJsonForm(submission.type, submission.value) as Record<string, unknown>)
        : null,
    isWhole: isWhole(rejection),
    bytes: Buffer.from(rejection.value).toString('base64'),
  };
}

export function replayBody({ found, partition, verdict }: ReplayStep, sent: boolean): ReplayBody {
  return { place: placeOf(found), partition, verdict: verdictBody(verdict), sent };
}

function verdictBody(verdict: ReplayStep['verdict']): ReplayVerdictBody {
  if (verdict.kind !== 'accepted') return verdict;
  const records = verdict.records.map(({ businessDate, ...record }) => ({
    ...record,
    businessDate: businessDate === null ? null : formatDate(businessDate),
  }));
  return { kind: 'accepted', records };
}
