/**
 * The files of a day that was closed, out of its books as they stood then: the statement in two forms, and `closing.json`, which says what
 * they must be. For the day that was closed by name the books must come to what the processor wrote into the closing.
 */
import { hash } from 'node:crypto';
import {
  type ClosedAccountBody,
  type ClosingFile,
  type ExportName,
  type ExportPlace,
  exportKey,
} from '@fluxo/schemas';
import { csvForm } from '../statements/csv-form.ts';
import { jsonForm } from '../statements/json-form.ts';
import type { Account, StatementPart } from '../statements/statement.ts';
import type { StatementForm } from '../statements/statement-form.ts';
import type { BooksOfDay, Closing } from './closings.ts';
import type { ExportFile } from './export-store.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Nothing of this day may be exported: what is known of it is not of one piece. */
export class ExportRefusedError extends Error {
  override readonly name = 'ExportRefusedError';
  readonly code = 'export-refused';
}

/** In the order in which they are to be written: whoever sees the last one has all. Throws `ExportRefusedError`. */
export async function filesOfDay(
  closing: Closing,
  businessDate: string,
  { statement, parts }: BooksOfDay,
): Promise<readonly ExportFile[]> {
  const { merchantId, ledgerSeq } = closing;
  if (businessDate === closing.businessDate) demandAgreement(closing, statement.accounts);
  const read = await Array.fromAsync(parts);
  const place: ExportPlace = { merchantId, businessDate, ledgerSeq };
  const statements = [
    await written(place, { name: 'statement.json', form: jsonForm, parts: read }),
    await written(place, { name: 'statement.csv', form: csvForm, parts: read }),
  ];
  const { sourceOffset: _offset, merchantId: _merchant, ...told } = closing;
  const body: ClosingFile = {
    merchantId,
    businessDate,
    closing: told,
    files: statements.map(({ name, file }) => ({
      name,
      bytes: file.body.length,
      sha256: hash('sha256', file.body),
    })),
  };
  const last = { key: exportKey(place, 'closing.json'), contentType: JSON_TYPE };
  return [...statements.map(({ file }) => file), { ...last, body: Buffer.from(JSON.stringify(body)) }];
}

type Writing = {
  readonly name: ExportName;
  readonly form: StatementForm;
  readonly parts: readonly StatementPart[];
};

async function written(place: ExportPlace, { name, form, parts }: Writing) {
  const chunks: Buffer[] = [];
  const all = (async function* () {
    yield* parts;
  })();
  for await (const chunk of form.write(all)) chunks.push(Buffer.from(chunk));
  const file: ExportFile = {
    key: exportKey(place, name),
    contentType: form.contentType,
    body: Buffer.concat(chunks),
  };
  return { name, file };
}

/** The closing lists every account; the processor counted it, the statement was counted from the table. */
function demandAgreement(closing: Closing, accounts: readonly Account[]): void {
  const counted = new Map(accounts.map((account) => [account.accountId, figuresOf(account)]));
  for (const account of closing.accounts) {
    const said = figures(account);
    const found = counted.get(account.accountId);
    if (said === found) continue;
    throw new ExportRefusedError(
      `Closing ${closing.ledgerSeq} of merchant ${closing.merchantId} says of account ${account.accountId} on ${closing.businessDate} ${said}, and the entries in Postgres come to ${found}. ` +
        'Nothing of that day is exported. Run `fluxo audit`: the table of the ledger differs from the topic.',
    );
  }
}

type Figures = Pick<ClosedAccountBody, 'openingMinor' | 'creditsMinor' | 'debitsMinor' | 'closingMinor'>;

function figuresOf({ openingMinor, closingMinor, days: [day] }: Account): string {
  const { creditsMinor, debitsMinor } = day ?? { creditsMinor: 0, debitsMinor: 0 };
  return figures({ openingMinor, creditsMinor, debitsMinor, closingMinor });
}

function figures({ openingMinor, creditsMinor, debitsMinor, closingMinor }: Figures): string {
  return `opening ${openingMinor}, credits ${creditsMinor}, debits ${debitsMinor}, closing ${closingMinor}`;
}
