/** A zone in which it is about noon now, so that no business day ends during a test, whatever the hour it runs at. */
export function zoneAtNoon(): string {
  const ahead = 12 - new Date().getUTCHours();
  // In these names the sign is the other way round: Etc/GMT-3 is three hours ahead.
  return ahead === 0 ? 'UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}
