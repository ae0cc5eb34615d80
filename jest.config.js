// One configuration: `unit` and `replay` need nothing but Node, `workflow` and `workflow-other` a Temporal server, `cluster` and
// `faults` all real parts.
const esmDependencies = [
  '@kubernetes/client-node',
  'openid-client',
  'oauth4webapi',
  'jose',
  'socks-proxy-agent',
  'agent-base',
  'json-schema-to-typescript',
  '@apidevtools',
];

const common = {
  testEnvironment: 'node',
  rootDir: import.meta.dirname,
  moduleFileExtensions: ['ts', 'js', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  transform: {
    '^.+\\.[tj]s$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmDependencies.join('|')})/)`],
};

const temporal = {
  globalSetup: '<rootDir>/test/workflow/setup.ts',
  globalTeardown: '<rootDir>/test/workflow/teardown.ts',
};

const cluster = {
  setupFilesAfterEnv: ['<rootDir>/test/cluster/time-out.ts'],
  globalSetup: '<rootDir>/test/cluster/setup.ts',
  globalTeardown: '<rootDir>/test/cluster/teardown.ts',
};

export default {
  testTimeout: 60_000,
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
    // One suite on two Temporal servers; the time-skipping one is faster and runs with the unit tests.
    { ...common, ...temporal, displayName: 'workflow', testMatch: ['<rootDir>/test/workflow/time-skipping.test.ts'] },
    { ...common, ...temporal, displayName: 'workflow-other', testMatch: ['<rootDir>/test/workflow/real.test.ts'] },
    { ...common, displayName: 'replay', testMatch: ['<rootDir>/test/replay/**/*.test.ts'] },
    { ...common, ...cluster, displayName: 'cluster', testMatch: ['<rootDir>/test/cluster/**/*.test.ts'] },
    { ...common, ...cluster, displayName: 'faults', testMatch: ['<rootDir>/test/faults/**/*.test.ts'] },
  ],
};
