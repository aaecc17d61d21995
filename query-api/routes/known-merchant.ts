/** What is in force for the merchant of a request about the ledger; a merchant that is not known there is the same 404 as everywhere. */
import type { Merchant } from '@fluxo/schemas';
import { merchantUnknown } from '../problems.ts';
import type { TieredView } from '../views/tiered-view.ts';

/** Throws `merchant-unknown`. */
export async function knownMerchant(view: TieredView, merchantId: string): Promise<Merchant> {
  const reading = await view.merchant(merchantId, 0);
  if (reading === null) throw merchantUnknown(merchantId);
  return reading.value;
}
