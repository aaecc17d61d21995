import type { ServerUser } from './server-user.ts';

/** What it takes to start one process: the program itself, with no shell left around it, so that its pid is the process's own. */
export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the environment of the stack. */
  readonly env: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  /** As whom it runs; by default as whoever runs the stack. */
  readonly user?: ServerUser;
};
