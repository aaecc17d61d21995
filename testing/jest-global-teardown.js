/** Ends the servers that `jest-global-setup.js` started. */
export default async function stopSharedServers() {
  await globalThis.stopSharedServers?.();
}
