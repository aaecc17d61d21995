/** A till in a few lines: one sale, on this machine's disk when the call resolves, in Kafka when `flush` does. */
import { TillProducer } from '@fluxo/producers';

const till = await TillProducer.connect({
  brokers: [process.env['FLUXO_KAFKA'] ?? '127.0.0.1:21000'],
  registry: process.env['FLUXO_REGISTRY'] ?? 'http://127.0.0.1:21002/apis/ccompat/v7',
  source: { system: 'my-pos', deviceId: 'till-7' },
  spoolDirectory: 'my-pos-spool',
  onTrouble: console.error, // what keeps a sale from arriving, which is tried again for ever
});
const { id } = await till.entry({
  merchantId: 'padaria-estrela',
  accountId: 'drawer',
  direction: 'CREDIT',
  kind: 'SALE',
  paymentMethod: 'PIX',
  amountMinor: 1250, // centavos, never a float
  currency: 'BRL',
  occurredAt: Date.now(),
});
await till.flush();
await till.close();
console.log(`sent ${id}`);
