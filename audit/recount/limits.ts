/** The figures of spec.md sections 2.1 and 3.2, once more and on purpose: the judge does not take them from whom it judges. */
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** How far an originator's clock may be ahead of the broker's. */
export const TOLERANCE_MS = 5 * MINUTE_MS;
/** How old a submission may be; ids are remembered for this long and the tolerance. */
export const HORIZON_MS = 45 * DAY_MS;
export const ENTRY_MINOR_MAX = 10 ** 12;
export const CUTOFF_MINUTES_MAX = 720;
export const BACKDATE_DAYS_MAX = 400;
/** How many days back a day may be closed. */
export const CLOSABLE_DAYS = 400;
export const ACCOUNTS_MAX = 64;
