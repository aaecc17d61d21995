/** What the routes work with. */
import type { Cursors } from '../cursors.ts';
import type { DayRepresentations } from '../representations/day-representations.ts';
import type { LedgerView } from '../views/ledger-view.ts';
import type { TieredView } from '../views/tiered-view.ts';

export type Services = {
  readonly view: TieredView;
  readonly days: DayRepresentations;
  readonly ledger: LedgerView;
  readonly cursors: Cursors;
};
