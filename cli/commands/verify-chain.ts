/**
 * `fluxo verify-chain`: reads the ledger topic as it stands and recomputes every hash and link from the bytes. It needs neither
 * the schema registry nor any code that writes the ledger, so it is evidence and not an echo.
 */
import { type ChainBreak, ChainVerifier } from '@fluxo/audit';
import { readTopic, type Span, spanOf, totalOf } from '@fluxo/pipeline';
import { partitionOf, topics } from '@fluxo/schemas';
import type { Command } from 'commander';
import { examples, merchantIdNamed } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { countOf, startProgress } from '../progress.ts';
import { ResultWriter } from '../result-writer.ts';
import { StackKafka } from '../stack-connection.ts';
import type { Terminal } from '../terminal.ts';

/** Named in the text; `--json` names them all. */
const BREAKS_SHOWN_MAX = 20;

type VerifyOptions = { readonly json?: true };
type Verdict = Pick<ChainVerifier, 'merchants' | 'records' | 'breaks'>;

export function addVerifyChain(program: Command, terminal: Terminal): void {
  program
    .command('verify-chain')
    .summary("recompute the ledger's hash chain from its bytes")
    .description(
      'Reads the ledger and checks, for every merchant, that each record hashes to what it says, names the hash of the record before it, ' +
        'and counts 1, 2, 3 … without a gap. Exit code 1 if a chain does not hold; its first broken record is named.',
    )
    .argument('[merchant]', 'only this merchant', merchantIdNamed)
    .option('--json', 'print the verdict as JSON: {"records", "merchants", "broken", "breaks"}')
    .addHelpText('after', examples('fluxo verify-chain', 'fluxo verify-chain sim-0001 --json'))
    .action(async (merchantId: string | undefined, options: VerifyOptions) => {
      const verdict = await StackKafka.use(terminal, (kafka) => verify(kafka, merchantId, terminal));
      await print(verdict, options, terminal);
    });
}

async function verify(
  kafka: StackKafka,
  merchantId: string | undefined,
  terminal: Terminal,
): Promise<Verdict> {
  const spans = await spansFor(kafka, merchantId);
  const progress = startProgress(terminal, { label: 'verify-chain', total: totalOf(spans) });
  const verifier = new ChainVerifier();
  const wanted = merchantId === undefined ? null : Buffer.from(merchantId);
  try {
    for (const span of spans) {
      for await (const records of readTopic(kafka, span, terminal.signal)) {
        for (const record of records)
          if (wanted === null || (record.key !== null && wanted.equals(record.key)))
            verifier.take(record, record);
        progress.show({ done: verifier.records, count: countOf(verifier.records, 'ledger record') });
      }
    }
  } finally {
    progress.stop();
  }
  if (merchantId !== undefined && verifier.records === 0) throw unknownMerchant(merchantId);
  return verifier;
}

/** A merchant's records stand in one partition. */
async function spansFor(kafka: StackKafka, merchantId: string | undefined): Promise<readonly Span[]> {
  const spans = await spanOf(kafka, topics.ledger);
  if (merchantId === undefined) return spans;
  const home = partitionOf(Buffer.from(merchantId), spans.length);
  return spans.filter(({ partition }) => partition === home);
}

async function print(
  { records, merchants, breaks }: Verdict,
  options: VerifyOptions,
  terminal: Terminal,
): Promise<void> {
  const out = new ResultWriter(terminal.stdout);
  if (options.json === true) await out.json({ records, merchants, broken: breaks.length, breaks });
  else
    await out.lines([
      ...breaks.slice(0, BREAKS_SHOWN_MAX).map(breakText),
      summaryOf(records, merchants, breaks),
    ]);
  if (breaks.length > 0)
    throw new CliError(
      'differences',
      `The ledger does not verify: ${countOf(breaks.length, 'chain is', 'chains are')} broken.`,
    );
}

function breakText({ merchantId, partition, offset, ledgerSeq, problem }: ChainBreak): string {
  const place = `partition ${partition}, offset ${offset}`;
  return merchantId === null ? `${place}: ${problem}` : `${merchantId} #${ledgerSeq} (${place}): ${problem}`;
}

function summaryOf(records: number, merchants: number, breaks: readonly ChainBreak[]): string {
  const counts = `${countOf(records, 'ledger record')} of ${countOf(merchants, 'merchant')}`;
  if (breaks.length === 0) return `${counts}: every hash and every link verified.`;
  const hidden = breaks.length - BREAKS_SHOWN_MAX;
  return `${counts}: ${countOf(breaks.length, 'break')}${hidden > 0 ? ` (${hidden} more with --json)` : ''}.`;
}

function unknownMerchant(merchantId: string): CliError {
  return new CliError(
    'not-found',
    `The ledger has no record of merchant ${merchantId}. Is the id right, and has its configuration been processed (\`fluxo wait\`)?`,
  );
}
