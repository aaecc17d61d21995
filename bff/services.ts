/** What the routes work with. */
import type { LiveWatches } from './live/live-watches.ts';
import type { SessionStore } from './sessions/session-store.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { SignInProvider } from './sign-in/sign-in-provider.ts';
import type { QueryApi } from './upstreams/query-api.ts';
import type { Upstream } from './upstreams/upstream.ts';

export type Services = {
  readonly store: SessionStore;
  readonly sessions: Sessions;
  readonly provider: SignInProvider;
  /** The two APIs, for what is passed on as it is; and the query API for what it has from its database, with a circuit of its own. */
  readonly entriesApi: Upstream;
  readonly queryApi: Upstream;
  readonly ledger: Upstream;
  /** And for statements, which take long and of which it makes a few at a time: it refuses the next without being ill. */
  readonly statements: Upstream;
  /** What operators ask; null: nothing of that kind stands behind this page. */
  readonly operations: Upstream | null;
  /** All that are asked, each with a circuit and a title of its own. */
  readonly upstreams: readonly Upstream[];
  /** The query API for what is put together here. */
  readonly balances: QueryApi;
  readonly live: LiveWatches;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
};
