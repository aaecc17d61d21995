/** What a merchant calls an account: its id, where it is not among the accounts that are known. */
import type { MerchantBody } from '@fluxo/schemas';

export function accountName({ accounts }: Pick<MerchantBody, 'accounts'>, accountId: string): string {
  return accounts.find((account) => account.accountId === accountId)?.name ?? accountId;
}
