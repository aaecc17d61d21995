/** How much harm the fault tests do: a little in `npm test`, some minutes of it by `npm run test:faults`, a night with `--long`. */

type Scale = 'quick' | 'short' | 'long';

const scale = (process.env['FLUXO_FAULTS'] ?? 'short') as Scale;

export const isLong = scale === 'long';

/** The figure for the scale of this run. */
export function scaled(figures: Readonly<Record<Scale, number>>): number {
  return figures[scale];
}
