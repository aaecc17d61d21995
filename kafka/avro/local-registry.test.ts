import { LocalRegistry } from './local-registry.ts';
import { registryPortContract } from './registry-port.contract.ts';

registryPortContract('local', () => new LocalRegistry());
