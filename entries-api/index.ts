/** The entries API for those who embed or test it. */
export { type AppOptions, buildApp } from './build-app.ts';
export { OutboxRelay, type RelayObserver, type RelayOptions } from './relay/outbox-relay.ts';
export { servicesOver } from './services.ts';
