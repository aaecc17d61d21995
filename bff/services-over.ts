/** The services of the routes over Redis, the provider and the two APIs, as the process has them and as tests do. */
import { LiveWatches } from './live/live-watches.ts';
import type { Services } from './services.ts';
import { SessionStore } from './sessions/session-store.ts';
import { Sessions } from './sessions/sessions.ts';
import { type ProviderOptions, SignInProvider } from './sign-in/sign-in-provider.ts';
import { QueryApi } from './upstreams/query-api.ts';
import { Upstream } from './upstreams/upstream.ts';

export type Neighbours = {
  /** `redis://…/1`: a database of its own. */
  readonly redis: string;
  readonly queryApi: string;
  readonly entriesApi: string;
  /** Null: there is none, and the page has no part for operators. */
  readonly operationsApi: string | null;
  readonly provider: ProviderOptions;
};

/** The query API holds an answer back for two seconds at most; entering asks its database up to three times, each time for as long. */
const READ_WITHIN_MS = 5_000;
const WRITE_WITHIN_MS = 12_000;

/** It reads all that the statement adds up before it begins. */
const STATEMENT_BEGINS_WITHIN_MS = 20_000;

/** A trial reads a whole partition, and gives up after half a minute. */
const TRY_WITHIN_MS = 40_000;

const CAPACITY = 64;
/** A question for each watched day stands open all the time: they must not take the places of those who want a page. */
const LIVE_CAPACITY = 2_000;

export function servicesOver({
  redis,
  queryApi: queryUrl,
  entriesApi: entriesUrl,
  operationsApi: operationsUrl,
  provider: at,
}: Neighbours): {
  readonly services: Services;
  readonly close: () => void;
} {
  const store = new SessionStore(redis);
  const provider = new SignInProvider(at);
  const read = { title: 'query API', url: queryUrl, timeLimitMs: READ_WITHIN_MS };
  const queryApi = new Upstream({ ...read, capacity: CAPACITY });
  const ledger = new Upstream({ ...read, title: 'ledger', capacity: CAPACITY });
  const statements = new Upstream({
    ...read,
    title: 'statements',
    capacity: CAPACITY,
    timeLimitMs: STATEMENT_BEGINS_WITHIN_MS,
  });
  const liveUpstream = new Upstream({ ...read, title: 'live changes', capacity: LIVE_CAPACITY });
  const entriesApi = new Upstream({
    title: 'entries API',
    url: entriesUrl,
    capacity: CAPACITY,
    timeLimitMs: WRITE_WITHIN_MS,
  });
  const operations =
    operationsUrl === null
      ? null
      : new Upstream({
          title: 'operations API',
          url: operationsUrl,
          capacity: CAPACITY,
          timeLimitMs: TRY_WITHIN_MS,
        });
  const upstreams = [queryApi, ledger, statements, liveUpstream, entriesApi, operations].filter(
    (each) => each !== null,
  );
  const nowMs = Date.now;
  const sessions: Sessions = new Sessions(store, provider, (name) => live.endSession(name));
  const live = new LiveWatches({ store, sessions, balances: new QueryApi(liveUpstream), nowMs });
  const balances = new QueryApi(queryApi, ledger);
  return {
    services: {
      store,
      sessions,
      provider,
      entriesApi,
      queryApi,
      ledger,
      statements,
      operations,
      upstreams,
      balances,
      live,
      nowMs,
    },
    close: () => {
      store.close();
      for (const upstream of upstreams) upstream.close();
    },
  };
}
