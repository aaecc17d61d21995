/** Which failures of Postgres time can heal: the same may be tried again. What is not among them is a defect of ours. */
import { DatabaseError } from 'pg';

/**
 * Classes of SQLSTATE: 08 connection lost, 53 no resources, 57 asked to stop, starting, or statement cancelled; 40 rolled back for
 * the sake of another; 55P03 a lock that was not to be had; 25006 a standby.
 */
const TRANSIENT = /^(08|53|57|40)|^(55P03|25006)$/;

export function isTransient(error: unknown): boolean {
  if (error instanceof DatabaseError) return TRANSIENT.test(error.code ?? '');
  const code = (error as { code?: unknown } | null)?.code;
  // EAI_AGAIN among them: who knows names does not answer.
  if (typeof code === 'string' && /^E(AI_)?[A-Z]+$/.test(code)) return true;
  return (
    error instanceof Error && /terminated|timeout|Connection ended|not queryable|closed/i.test(error.message)
  );
}

/** It only reads: the name of the database stood for it while the primary changed. */
export function isOfStandby(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '25006';
}

/** The tables are not there, or not for this role: a migration is missing. */
export function isSchemaMissing(error: unknown): boolean {
  return error instanceof DatabaseError && /^(42P01|42703|42883|42501|3F000|3D000)$/.test(error.code ?? '');
}
