/**
 * `npm run setup`: makes this machine ready to run and test everything: packages, Java, Redis, Kafka, the schema registry.
 * Quick when there is nothing to do; `npm start` and `npm test` call it. Runs on Node 20 without dependencies.
 */
import { ensurePackages, launch } from './launch.js';

ensurePackages();
launch('setup/main.ts');
