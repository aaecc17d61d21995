/** Commands as this device keeps them, one list per person. What cannot be read is left out: it was never shown as sent. */
import type { Command } from './command.ts';

const SETTLED_MAX = 20;
const keyOf = (person: string): string => `fluxo.outbox.${person}`;

export function readKept(person: string): readonly Command[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(person)) ?? '[]');
    return Array.isArray(kept) ? (kept as Command[]) : [];
  } catch {
    return [];
  }
}

/** All that is not settled, and the latest of what is. */
export function writeKept(person: string, commands: readonly Command[]): void {
  const isOpen = ({ state }: Command) => state.name === 'waiting' || state.name === 'accepted';
  const settled = commands.filter((command) => !isOpen(command)).slice(-SETTLED_MAX);
  const kept = commands.filter((command) => isOpen(command) || settled.includes(command));
  localStorage.setItem(keyOf(person), JSON.stringify(kept));
}
