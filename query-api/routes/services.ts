/** What the routes work with. */
import type { FailureReporter } from '@fluxo/http';
import type { Cursors } from '../cursors.ts';
import type { DayRepresentations } from '../representations/day-representations.ts';
import type { RangeRepresentations } from '../representations/range-representations.ts';
import type { LedgerView } from '../views/ledger-view.ts';
import type { StatementView } from '../views/statement-view.ts';
import type { TieredView } from '../views/tiered-view.ts';

export type Services = {
  readonly view: TieredView;
  readonly days: DayRepresentations;
  readonly ranges: RangeRepresentations;
  readonly ledger: LedgerView;
  readonly cursors: Cursors;
  readonly statements: StatementView;
  /** For what goes wrong when the answer has begun, so that no problem can be told any more. */
  readonly reportFailure: FailureReporter;
};
