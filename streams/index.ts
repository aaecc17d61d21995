/** The fold as a library: the daily-balance topology, and the fold over a log in memory. The processor is `main.ts`. */
export { type FoldInput, type FoldOutput, foldSubmissions } from './fold.ts';
export { dailyBalanceTopology } from './topologies/daily-balance.topology.ts';
