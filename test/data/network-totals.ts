/** Network totals as data teams ask for them, added up in plain loops: from the documents, and from the ledger. */
import type { DailyBalance, EntryPosted } from '@fluxo/schemas';
import type { Row } from '../../testing/flink.ts';

type Totals = { creditsMinor: number; debitsMinor: number; internalMinor: number; movements: number };

const none: Totals = { creditsMinor: 0, debitsMinor: 0, internalMinor: 0, movements: 0 };

/** Adds up by day and currency, in the form and order of the view's rows. */
function summed(parts: readonly (readonly [day: string, currency: string, Totals])[]): readonly Row[] {
  const sums = new Map<string, Totals>();
  for (const [day, currency, part] of parts) {
    const sum = sums.get(`${day} ${currency}`) ?? none;
    sums.set(`${day} ${currency}`, {
      creditsMinor: sum.creditsMinor + part.creditsMinor,
      debitsMinor: sum.debitsMinor + part.debitsMinor,
      internalMinor: sum.internalMinor + part.internalMinor,
      movements: sum.movements + part.movements,
    });
  }
  return [...sums].map(([name, sum]) => {
    const [businessDate, currency] = name.split(' ');
    return { businessDate, currency, ...sum };
  });
}

export const totalsOfDocuments = (documents: readonly DailyBalance[]) =>
  summed(
    documents.flatMap(({ businessDate, totals, byMethod }) =>
      totals.map(({ currency, creditsMinor, debitsMinor, creditCount, debitCount }) => {
        const own = byMethod.find((each) => each.currency === currency && each.paymentMethod === 'INTERNAL');
        const movements = creditCount + debitCount;
        const internalMinor = own?.creditsMinor ?? 0;
        return [String(businessDate), currency, { creditsMinor, debitsMinor, internalMinor, movements }];
      }),
    ),
  );

/** As `streams/sql/ksqldb/02-network-totals.sql` has it. */
export const totalsOfPostings = (entries: readonly EntryPosted[]) =>
  summed(
    entries.map(({ businessDate, currency, direction, paymentMethod, amountMinor }) => {
      const creditsMinor = direction === 'CREDIT' ? amountMinor : 0;
      const internalMinor = paymentMethod === 'INTERNAL' ? creditsMinor : 0;
      const debitsMinor = amountMinor - creditsMinor;
      return [String(businessDate), currency, { creditsMinor, debitsMinor, internalMinor, movements: 1 }];
    }),
  );
