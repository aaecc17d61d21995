/**
 * Starts the servers that the integration tests of one run share, and passes their addresses on by environment. Addresses
 * that are set already are used as they are: a developer may point the tests at servers that run.
 */
export default async function startSharedServers() {
  if (process.env.FLUXO_TEST_KAFKA !== undefined) return;
  const { startServers } = await import('./servers.ts');
  const { isDockerUsable } = await import('../stack/docker.ts');
  // A container that a test started later would outlive the run.
  const postgres = isDockerUsable(process.env);
  const servers = await startServers({ kafka: true, registry: true, redis: true, postgres });
  if (postgres) process.env.FLUXO_TEST_POSTGRES = servers.postgres;
  process.env.FLUXO_TEST_HOME = servers.place.home;
  process.env.FLUXO_TEST_PORT_BASE = String(servers.place.portBase);
  process.env.FLUXO_TEST_KAFKA = servers.kafka;
  process.env.FLUXO_TEST_REGISTRY = servers.registry;
  process.env.FLUXO_TEST_REDIS = servers.redis;
  globalThis.stopSharedServers = servers.stop;
}
