/**
 * Mends kafkajs 2.2.4: each of its connections sets a timer to look for pending requests even when there are none, with a
 * negative time, so an idle connection wakes up a thousand times a second (2 % of a core, and a warning of Node). Here it
 * looks only when something is pending; whatever becomes pending later sets the timer itself.
 */
import { createRequire } from 'node:module';

type RequestQueue = { readonly pending: readonly unknown[]; scheduleCheckPendingRequests(): void };

const require = createRequire(import.meta.url);

/** For all connections of kafkajs in this process. */
export function mendIdleTimer(): void {
  const { prototype } = require('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue };
  const original = Object.getOwnPropertyDescriptor(prototype, 'scheduleCheckPendingRequests');
  const schedule = original?.value as (this: RequestQueue) => void;
  prototype.scheduleCheckPendingRequests = function scheduleWhenPending(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
