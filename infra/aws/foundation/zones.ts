/**
 * The zones a region is used in: three, because that is what survives the loss of one with a majority left. Named, not looked up, in the form in
 * which CDK keeps what it has looked up: a synthesis must need no account.
 */

export type Place = { readonly account: string; readonly region: string };

export function zonesContext({ account, region }: Place): Record<string, readonly string[]> {
  const zones = ['a', 'b', 'c'].map((letter) => `${region}${letter}`);
  return { [`availability-zones:account=${account}:region=${region}`]: zones };
}
