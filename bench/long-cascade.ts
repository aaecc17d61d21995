/**
 * The dearest entry there is: a merchant with the most accounts one may have and a document for every day of a year, and then
 * an entry for the first of them, which moves every later one.
 */
import type { TopicCodecs } from '@fluxo/kafka';
import type { EntrySubmitted, MerchantConfigured } from '@fluxo/schemas';
import { costOf, InputLog, MemoryFold } from './memory-fold.ts';
import { configurationOf, entryAt, standardWorkload } from './workload.ts';

export type CascadeSize = { readonly days: number; readonly accounts: number };

export type CascadeCost = {
  readonly cpuMsPerLateEntry: number;
  /** What one late entry publishes. */
  readonly documents: number;
  readonly publishedKb: number;
};

const DAY_MS = 86_400_000;
const LATE_ENTRIES = 20;

/** Each late entry in a transaction of its own, so that it pays for all it moves. */
export async function costOfCascade(
  codecs: TopicCodecs,
  size: CascadeSize,
  endMs: number,
): Promise<CascadeCost> {
  const log = new InputLog(1, endMs);
  const { submissions } = codecs;
  const configuration = configurationWith(size.accounts, endMs);
  const { merchantId, accounts } = configuration;
  log.append(merchantId, submissions.encode('MerchantConfigured', configuration));
  const template = entryAt(0, standardWorkload(1, endMs));
  let position = 0;
  const append = (accountId: string, occurredAt: number): void => {
    position += 1;
    const entryId = `00000000-0000-4000-8000-${position.toString(16).padStart(12, '0')}`;
    const entry: EntrySubmitted = { ...template, merchantId, accountId, entryId, occurredAt };
    log.append(merchantId, submissions.encode('EntrySubmitted', entry));
  };
  for (let day = size.days - 1; day >= 0; day--)
    for (const { accountId } of accounts) append(accountId, endMs - day * DAY_MS);
  const history = log.inputs.length;
  for (let n = 0; n < LATE_ENTRIES; n++)
    append(accounts[0]?.accountId ?? '', endMs - (size.days - 1) * DAY_MS);

  const fold = new MemoryFold(codecs, 1);
  await fold.run(log.inputs.slice(0, history));
  const before = { bytes: fold.bytes, documents: fold.documents };
  const late = log.inputs.slice(history);
  const { cpuMicrosPerEntry } = await costOf(LATE_ENTRIES, () => fold.run(late, 1));
  return {
    cpuMsPerLateEntry: cpuMicrosPerEntry / 1_000,
    documents: Math.round((fold.documents - before.documents) / LATE_ENTRIES),
    publishedKb: Math.round((fold.bytes - before.bytes) / LATE_ENTRIES / 1_024),
  };
}

function configurationWith(accounts: number, endMs: number): MerchantConfigured {
  const standard = configurationOf(0, endMs);
  const [first] = standard.accounts;
  if (first === undefined) throw new Error('a configuration without accounts');
  return {
    ...standard,
    cutoffMinutes: 0,
    accounts: Array.from({ length: accounts }, (_, index) => ({ ...first, accountId: `acc-${index}` })),
  };
}
