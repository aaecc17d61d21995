/**
 * Whether a record is about a merchant: by its key, or by what its value says, so that a submission under a wrong key is found as well.
 */
import type { LogRecord, TopicCodec } from '@fluxo/kafka';
import { textOf } from '@fluxo/pipeline';

/** Keys are a merchant's id, or that and a date behind a bar. */
export function concernsMerchant(record: LogRecord, merchantId: string, codec: TopicCodec): boolean {
  const key = textOf(record.key);
  if (key === merchantId || key?.startsWith(`${merchantId}|`) === true) return true;
  const decoded = codec.decode(record.value);
  return (
    decoded.kind === 'record' && 'merchantId' in decoded.value && decoded.value.merchantId === merchantId
  );
}
