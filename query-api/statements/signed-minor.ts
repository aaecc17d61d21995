/** What the entry does to the balance. */
export function signedMinor(entry: {
  readonly direction: 'CREDIT' | 'DEBIT';
  readonly amountMinor: number;
}): number {
  return entry.direction === 'CREDIT' ? entry.amountMinor : -entry.amountMinor;
}
