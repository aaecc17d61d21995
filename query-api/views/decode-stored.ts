/** Documents that a sink stored as they stand in the topic, decoded when they are read. */
import type { TopicCodec } from '@fluxo/kafka';
import { ViewUnavailableError } from './balance-view.ts';

export type StoredCodecs = { readonly dailyBalances: TopicCodec; readonly merchants: TopicCodec };

/** Asks once for a schema that is new to this process. Fails with `ViewUnavailableError` for what this release cannot read. */
export async function decodeStored<Value>(codec: TopicCodec, body: Uint8Array): Promise<Value> {
  let decoded = codec.decode(body);
  if (decoded.kind === 'unknown-schema') {
    await codec.refresh();
    decoded = codec.decode(body);
  }
  if (decoded.kind === 'record') return decoded.value as Value;
  throw new ViewUnavailableError(
    'a store holds a document this release cannot read; a newer one may have written it',
  );
}
