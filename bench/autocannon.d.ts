/** The part of autocannon that the benchmarks use; the package brings no types. */
declare module 'autocannon' {
  export type Result = {
    readonly requests: { readonly average: number; readonly total: number };
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly errors: number;
    readonly non2xx: number;
  };

  export default function autocannon(options: {
    readonly url: string;
    readonly connections: number;
    readonly duration: number;
    readonly requests?: readonly { readonly method: 'GET'; readonly path: string }[];
  }): Promise<Result>;
}
