/** A balance's breakdowns in one shape, of one currency. */
import type { BalanceBody } from '@fluxo/schemas';
import type { Share } from './breakdown.ts';

export const sharesOf = {
  method: (balance: BalanceBody | undefined, currency: string | null): readonly Share[] =>
    (balance?.byMethod ?? [])
      .filter((each) => each.currency === currency)
      .map(({ paymentMethod, ...rest }) => ({ name: paymentMethod, ...rest })),
  kind: (balance: BalanceBody | undefined, currency: string | null): readonly Share[] =>
    (balance?.byKind ?? [])
      .filter((each) => each.currency === currency)
      .map(({ kind, ...rest }) => ({ name: kind, ...rest })),
};
