import { defineConfig } from 'vitest/config';

/** The real CLI, fetched once into a cache folder: apart from `npm test`, which needs no network. */
export default defineConfig({
  test: {
    include: ['test/e2e/claude/**/*.test.ts'],
    globalSetup: 'test/support/leftovers.ts',
    // A busy machine takes many times what an idle one does.
    expect: { requireAssertions: true, poll: { timeout: 60_000, interval: 20 } },
    testTimeout: 120_000,
    // The first run downloads some 600 MB.
    hookTimeout: 600_000,
    maxWorkers: 3,
    // Sessions of a file that says `concurrent`.
    maxConcurrency: 3,
  },
});
