/** What the routes work with. */
import type { DayRepresentations } from '../representations/day-representations.ts';
import type { TieredView } from '../views/tiered-view.ts';

export type Services = { readonly view: TieredView; readonly days: DayRepresentations };
