/** For those who write submissions: the till library, the import of files, the simulator. */
export {
  type ImportOptions,
  type ImportProgress,
  type ImportResult,
  importFile,
  type WrongRow,
} from './file-import/import-file.ts';
export { type Mapping, parseMapping } from './file-import/mapping.ts';
export { ProducerError, type ProducerErrorCode } from './producer-error.ts';
export { runSimulator, type SimulatorOptions } from './simulator/run-simulator.ts';
export { type SimulatedSubmission, Simulation } from './simulator/simulation.ts';
export { type Delivery, type SenderOptions, SubmissionSender } from './submission-sender.ts';
export * from './till-producer.ts';
