/** For those who write submissions: the till library, the simulator, the import of files. */
export { ProducerError, type ProducerErrorCode } from './producer-error.ts';
export * from './till-producer.ts';
