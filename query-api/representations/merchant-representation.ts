/** A merchant as the API shows it: what is in force, under the field names of the topic. */
import { formatDate, type Merchant, type MerchantBody, toInstant } from '@fluxo/schemas';
import { entityTag, type Representation } from './representation.ts';
import { toHex } from './text-forms.ts';

export function merchantRepresentation(merchant: Merchant): Representation {
  const { revision } = merchant;
  const recordedAt = toInstant(merchant.recordedAt);
  const body: MerchantBody = {
    merchantId: merchant.merchantId,
    name: merchant.name,
    calendar: merchant.calendar.map((each) => ({ ...each, effectiveFrom: formatDate(each.effectiveFrom) })),
    lateEntries: merchant.lateEntries,
    backdateLimitDays: merchant.backdateLimitDays,
    accounts: merchant.accounts,
    closedThrough: merchant.closedThrough === null ? null : formatDate(merchant.closedThrough),
    revision,
    chainHead: toHex(merchant.chainHead),
    recordedAt,
  };
  return { body: JSON.stringify(body), etag: entityTag(revision), revision, recordedAt };
}
