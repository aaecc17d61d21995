/**
 * Which currencies there are: the codes of ISO 4217, with its funds, such as the UF of Chile (CLF), in which rents and loans are. The list
 * stands here, because Intl has another one: it leaves the funds out, and changes with Node's ICU. It is for catching typing errors
 * where people enter a code; the contract takes any three letters (spec.md 3.2).
 */

/** Currencies, funds and metals of list one, as published on 2026-01-01. */
const IN_FORCE = [
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW',
  'CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL',
  'HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA',
  'MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD',
  'RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD',
  'USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XTS XUA XXX',
  'YER ZAR ZMW ZWG',
].join(' ');

/** Withdrawn since 2021: an account keeps its currency for ever (spec.md 3.6), so it must go on being sayable. */
const WITHDRAWN = 'ANG BGN CUC HRK SLL ZWL';

const CODES: ReadonlySet<string> = new Set(`${IN_FORCE} ${WITHDRAWN}`.split(' '));

/** Whether ISO 4217 has this code, in capitals, or had it until a few years ago. */
export function isCurrency(code: string): boolean {
  return CODES.has(code);
}
