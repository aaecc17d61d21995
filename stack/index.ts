/** The stack on one machine, for programs: where it listens, how to bring it up and down, what it consists of. */
export * from './addresses.ts';
export * from './auditor.ts';
export * from './place.ts';
export * from './reset.ts';
export { addressesFor, isSecured, kafkaEnvironment, passwordFile, secure } from './secured/secrets.ts';
export * from './services.ts';
export * from './stack-error.ts';
export * from './status.ts';
export * from './supervisor.ts';
