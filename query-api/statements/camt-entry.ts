/** An entry as `Ntry` of camt.053: booked on its business date, with the ledger's own words where ISO has no code for them. */

import { decimalText } from '@fluxo/domain';
import type { StatementEntryBody } from '@fluxo/schemas';
import { cut, fittedId, wordsOf } from './short-text.ts';
import { element, textElement } from './xml-text.ts';

/** Max35Text, Max140Text of the schema. */
const LENGTHS = { reference: 35, remittance: 140 } as const;

/** The bank's reference is the place in the merchant's ledger, which no other entry ever has. */
export function entryElement(entry: StatementEntryBody): string {
  const reference = String(entry.ledgerSeq);
  const date = element('Dt', entry.businessDate);
  return element(
    'Ntry',
    [
      element('NtryRef', reference),
      `<Amt Ccy="${entry.currency}">${decimalText(entry.amountMinor, entry.currency)}</Amt>`,
      element('CdtDbtInd', entry.direction === 'CREDIT' ? 'CRDT' : 'DBIT'),
      entry.kind === 'REVERSAL' ? element('RvslInd', 'true') : '',
      element('Sts', element('Cd', 'BOOK')),
      element('BookgDt', date),
      element('ValDt', date),
      element('AcctSvcrRef', reference),
      element(
        'BkTxCd',
        element('Prtry', element('Cd', `${entry.kind}/${entry.paymentMethod}`) + element('Issr', 'Fluxo')),
      ),
      element('NtryDtls', element('TxDtls', transactionOf(entry))),
    ].join(''),
  );
}

/** A UUID has one character more than a reference may have: it goes without its dashes. */
function transactionOf(entry: StatementEntryBody): string {
  const externalId = entry.externalId === null ? '' : fittedId(entry.externalId, LENGTHS.reference);
  const words = cut(wordsOf(entry), LENGTHS.remittance);
  const remittance = textElement('Ustrd', words);
  return [
    element(
      'Refs',
      element('AcctSvcrRef', String(entry.ledgerSeq)) +
        textElement('EndToEndId', externalId) +
        element('TxId', entry.entryId.replaceAll('-', '')),
    ),
    remittance === '' ? '' : element('RmtInf', remittance),
    element('RltdDts', element('TxDtTm', entry.occurredAt)),
  ].join('');
}
