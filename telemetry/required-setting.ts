/** Settings without which a process cannot begin. */

/** The environment variable of this name, which names a server or a database. Throws, saying where to look, if it is not set. */
export function requiredSetting(name: string, what: 'server' | 'database' = 'server'): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  const shown = what === 'server' ? 'those' : 'that';
  throw new Error(
    `${name} is not set: it must name the ${what} to use; \`npm run stack -- status\` shows ${shown} of the local stack`,
  );
}
