/**
 * How many decimals the minor unit of a currency is behind the point. Amounts are minor units everywhere; wherever they become
 * text or text becomes them, this says where the point is. The table is that of ISO 4217 and stands here, because Intl has
 * another one: CLDR counts the decimals that people write (none for COP or HUF, which have two), and it changes with Node's ICU
 * and with the browser, so that a page, a statement and a file imported again could differ by a factor of 100.
 */

/** The minor units of ISO 4217, list one, that are not 2. */
const OTHER_THAN_TWO: ReadonlyMap<string, number> = new Map([
  ...each(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...each(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...each(4, 'CLF UYW'),
]);

/** 0 for JPY, 2 for BRL and for every code that ISO 4217 gives no number, 3 for BHD, 4 for CLF. */
export function decimalsOf(currency: string): number {
  return OTHER_THAN_TWO.get(currency) ?? 2;
}

function each(decimals: number, currencies: string): [string, number][] {
  return currencies.split(' ').map((currency) => [currency, decimals]);
}
