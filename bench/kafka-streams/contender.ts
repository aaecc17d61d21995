/** One of the two that are compared: something measured that can begin its life anew. */
import type { Measured } from '../pipeline/measured.ts';

export interface Contender extends Measured {
  /** Makes outputs, group and local state as if it had never run. Its input stays. */
  forget(): Promise<void>;
}
