/** One rejection for a person: where and why, and the submission as its bytes say, or the bytes themselves; and the same for programs. */
import { toJsonForm } from '@fluxo/kafka';
import { type FoundRejection, isWhole, placeText, textOf } from '@fluxo/pipeline';
import { escaped } from '../shown-record.ts';

const HEX_LINE_BYTES = 32;
const HEX_BYTES_MAX = 512;

export function rejectionText(found: FoundRejection): readonly string[] {
  const { partition, rejection, submission } = found;
  const { code, detail, sourceOffset, recordedAt, key, value } = rejection;
  return [
    `${placeText(found)}: ${code}: ${escaped(detail)}`,
    `The submission is offset ${sourceOffset} of partition ${partition}, recorded ${new Date(recordedAt).toISOString()}.`,
    `Key: ${key === null ? 'none' : escaped(JSON.stringify(Buffer.from(key).toString()))}`,
    isWhole(rejection)
      ? `Value: ${value.length} bytes`
      : `Value: the first ${value.length} bytes of a longer one`,
    ...(submission.kind === 'record'
      ? jsonLines(submission.type, toJsonForm(submission.type, submission.value))
      : hexLines(value)),
    '',
  ];
}

function hexLines(value: Uint8Array): readonly string[] {
  const hex = Buffer.from(value.subarray(0, HEX_BYTES_MAX)).toString('hex');
  const lines = hex.match(new RegExp(`.{1,${HEX_LINE_BYTES * 2}}`, 'g')) ?? [];
  return value.length > HEX_BYTES_MAX ? [...lines, '…'] : lines;
}

function jsonLines(type: string, json: object): readonly string[] {
  return `${type} ${JSON.stringify(json, null, 2)}`.split('\n').map(escaped);
}

/** For programs. */
export function rejectionJson(found: FoundRejection): object {
  const { partition, offset, rejection, submission } = found;
  return {
    partition,
    offset,
    code: rejection.code,
    detail: rejection.detail,
    sourceOffset: rejection.sourceOffset,
    recordedAt: rejection.recordedAt,
    key: textOf(rejection.key),
    type: submission.kind === 'record' ? submission.type : null,
    submission: submission.kind === 'record' ? toJsonForm(submission.type, submission.value) : null,
    isWhole: isWhole(rejection),
    raw: Buffer.from(rejection.value).toString('base64'),
  };
}
