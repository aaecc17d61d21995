/**
 * What browsers are told about every answer: run nothing and load nothing but what this server sends, and be framed by nobody. Nothing inline
 * runs; style elements that the page's library makes carry the nonce that stands in the page (see `page.plugin.ts`).
 */
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

export async function registerSecurityHeaders(app: FastifyInstance, publicUrl: string): Promise<void> {
  const isEncrypted = publicUrl.startsWith('https:');
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: policyOf(null) },
    strictTransportSecurity: isEncrypted ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
}

/** The policy as a header, for a page with this nonce. */
export function policyWith(nonce: string): string {
  return Object.entries(policyOf(nonce))
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join(';');
}

function policyOf(nonce: string | null): Record<string, string[]> {
  return {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'", ...(nonce === null ? [] : [`'nonce-${nonce}'`])],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'"],
    'manifest-src': ["'self'"],
    'base-uri': ["'self'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  };
}
