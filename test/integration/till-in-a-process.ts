/**
 * A till as a process of its own, to be killed by `till-producer.test.ts`: accepts as many sales as it is told, prints the id of
 * each one that was accepted, and stays.
 */
import { TillProducer } from '@fluxo/producers';
import { saleAt } from './till-sales.ts';

const [broker = '', registry = '', spoolDirectory = '', sales = ''] = process.argv.slice(2);
const till = await TillProducer.connect({
  brokers: [broker],
  registry,
  source: { system: 'till-test' },
  spoolDirectory,
});
for (let n = 0; n < Number(sales); n += 1) {
  const { id, submittedAt } = await till.entry(saleAt(n));
  process.stdout.write(`${JSON.stringify({ id, submittedAt, externalId: `sale-${n}` })}\n`);
}
setInterval(() => {}, 1_000);
