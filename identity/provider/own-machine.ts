/**
 * Where a provider may run that lets anybody be anybody: on a person's own machine. That is loopback, and never where NODE_ENV says
 * production.
 */
import { type Environment, isLoopback } from '../settings.ts';

/** The address to listen on. Throws, saying why, if this is no person's own machine. */
export function hostOnOwnMachine(env: Environment): string {
  if (env['NODE_ENV'] === 'production')
    throw new Error(
      'This sign-in provider lets anybody be anybody, and NODE_ENV says production: set FLUXO_OIDC_ISSUER of the APIs to a real one.',
    );
  const host = env['FLUXO_HTTP_HOST'] ?? '127.0.0.1';
  if (isLoopback(host)) return host;
  throw new Error(
    `This sign-in provider lets anybody be anybody, so it listens on 127.0.0.1 and not on ${host}. Elsewhere, use a real one.`,
  );
}
