/**
 * One configuration, six tiers. Unit tests stand beside their file as `*.test.ts` and need nothing; tests under
 * `test/integration/` need real servers and say which; those under `test/e2e/` drive a real browser through the page (`npm run test:e2e`); those under `test/faults/` hurt servers and processes on purpose
 * (`npm run test:faults`); `test/keycloak/` needs a Keycloak, which it fetches, and half a gigabyte of memory (`npm run test:keycloak`);
 * `test/data/` needs Flink and Python packages, which it fetches (`npm run test:data`). Types are stripped by Node itself, so tests run exactly what production runs.
 */
const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/tools/strip-types-transform.js' },
  modulePathIgnorePatterns: ['<rootDir>/.fluxo/', '<rootDir>/web/dist/'],
};

export default {
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/test/integration/',
        '<rootDir>/test/faults/',
        '<rootDir>/test/e2e/',
        '<rootDir>/test/keycloak/',
        '<rootDir>/test/data/',
        // Tests of the page run in its own builder, as the page does: `npm test -w web`.
        '<rootDir>/web/',
        // The templates for AWS are an npm project of their own: `npm run cloud:test`.
        '<rootDir>/infra/aws/',
      ],
    },
    {
      ...base,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
      globalSetup: '<rootDir>/testing/jest-global-setup.js',
      globalTeardown: '<rootDir>/testing/jest-global-teardown.js',
    },
    {
      ...base,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
      globalSetup: '<rootDir>/testing/jest-e2e-setup.js',
    },
    {
      ...base,
      displayName: 'faults',
      testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'keycloak',
      testMatch: ['<rootDir>/test/keycloak/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'data',
      testMatch: ['<rootDir>/test/data/**/*.test.ts'],
    },
  ],
  maxWorkers: 2,
  // A busy machine is no failure.
  testTimeout: 30_000,
  reporters: ['default', '<rootDir>/tools/fault-reporter.js', '<rootDir>/tools/closing-line-reporter.js'],
};
