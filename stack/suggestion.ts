/**
 * A merchant worth looking at, for the commands that `npm start` suggests: one of the simulator's that has a balance already.
 * On a new stack the first entries are a moment away, so it waits for them, but not for long.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiAccess } from '@fluxo/identity';
import { SIMULATED_MERCHANTS } from './services.ts';

const WAIT_MS = 10_000;
const POLL_MS = 500;

export type LookedAtApi = {
  /** Its base URL. */
  readonly url: string;
  readonly access: ApiAccess;
};

/** The first of the simulator's merchants if none has a balance in time. */
export async function merchantToLookAt(api: LookedAtApi, abort: AbortSignal): Promise<string> {
  const deadline = performance.now() + WAIT_MS;
  while (performance.now() < deadline && !abort.aborted) {
    const answers = await Promise.all(SIMULATED_MERCHANTS.map((merchant) => hasBalance(api, merchant)));
    const found = SIMULATED_MERCHANTS[answers.indexOf(true)];
    if (found !== undefined) return found;
    await sleep(POLL_MS, undefined, { signal: abort }).catch(() => undefined);
  }
  return SIMULATED_MERCHANTS[0];
}

async function hasBalance(api: LookedAtApi, merchant: string): Promise<boolean> {
  try {
    const url = `${api.url}/v1/merchants/${merchant}/balances/latest`;
    const headers = await api.access();
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(POLL_MS) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
