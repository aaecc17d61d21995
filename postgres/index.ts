/** Postgres for all who use it: the tables and who may do what with them, connections, and which failures pass. */
export * from './connections.ts';
export * from './database-state.ts';
export * from './failures.ts';
export * from './migrate.ts';
export * from './read-tables.ts';
export { roles, type SetUp, setUpDatabase } from './roles.ts';
