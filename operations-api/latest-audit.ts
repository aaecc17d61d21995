/**
 * The latest round of the audit, asked of `fluxo audit --watch` anew each time. This service judges nothing: it says what that says, or that nobody
 * answers.
 */
import type { AuditBody, AuditRoundBody, FailedAuditRoundBody } from '@fluxo/schemas';

const ANSWER_WITHIN_MS = 2_000;

/** What stands at /readyz of the watch; ready or not, it has the round. Anything else that answers there has none. */
type Told = { readonly round?: AuditRoundBody | FailedAuditRoundBody | null };

/** `address`: base URL of the watch; undefined: nobody has said where there is one. Never fails. */
export async function latestAudit(address: string | undefined): Promise<AuditBody> {
  if (address === undefined) return { kind: 'none' };
  const { round } = await toldAt(address);
  if (round === undefined) return { kind: 'away', address };
  return round === null ? { kind: 'beginning', address } : { kind: 'round', address, round };
}

async function toldAt(address: string): Promise<Told> {
  try {
    const answer = await fetch(`${address}/readyz`, {
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return (await answer.json()) as Told;
  } catch {
    return {};
  }
}
