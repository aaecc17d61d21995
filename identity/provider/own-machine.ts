/**
 * Where a provider may run that lets anybody be anybody: on a person's own machine. That is loopback, or a container that somebody says is
 * published on loopback only, and never where NODE_ENV says production.
 */
import { type Environment, isLoopback } from '../settings.ts';

/** The address to listen on. Throws, saying why, if this is no person's own machine. */
export function hostOnOwnMachine(env: Environment): string {
  if (env['NODE_ENV'] === 'production')
    throw new Error(
      'This sign-in provider lets anybody be anybody, and NODE_ENV says production: set FLUXO_OIDC_ISSUER of the APIs to a real one.',
    );
  const host = env['FLUXO_HTTP_HOST'] ?? '127.0.0.1';
  if (isLoopback(host) || env['FLUXO_IDENTITY_CONTAINER'] === 'published-on-loopback') return host;
  throw new Error(
    `This sign-in provider lets anybody be anybody, so it does not listen on ${host}. In a container whose port is published on loopback ` +
      'only, FLUXO_IDENTITY_CONTAINER=published-on-loopback says so.',
  );
}
