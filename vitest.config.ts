import { defineConfig } from 'vitest/config';

/** What these test files leave in a module, or in the process, matters to the next one. */
const ISOLATED = [
  'test/proxy/**/*.test.ts',
  'test/runtime/import/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  // They set the clock forward, and the ids made afterwards keep the later time.
  'test/model/ids.test.ts',
  'test/store/retention/upkeep.test.ts',
];
const TESTS = 'test/**/*.test.{ts,tsx}';
const REAL_CLI = 'test/e2e/claude/**';

const shared = {
  // Only for what hangs: a busy machine takes many times what an idle one does.
  testTimeout: 90_000,
  hookTimeout: 90_000,
  expect: { requireAssertions: true, poll: { timeout: 60_000, interval: 20 } },
};

export default defineConfig({
  test: {
    globalSetup: 'test/support/leftovers.ts',
    // Sockets and real processes: they wait as much as they work, so one more than a small machine has cores.
    maxWorkers: 3,
    // scripts/coverage.mjs reads the report, and names the folders.
    coverage: { provider: 'v8', reporter: ['json'], reportOnFailure: true },
    projects: [
      // A worker that loads our modules once, not once a file, takes a third of the CPU time.
      { test: { ...shared, name: 'shared', include: [TESTS], exclude: ISOLATED, isolate: false } },
      {
        test: {
          ...shared,
          name: 'isolated',
          include: ISOLATED,
          exclude: [REAL_CLI],
        },
      },
    ],
  },
});
