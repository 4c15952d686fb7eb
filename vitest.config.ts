import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['test/e2e/claude/**'],
    globalSetup: 'test/support/leftovers.ts',
    expect: { requireAssertions: true },
    // Only for what hangs: a busy machine takes many times what an idle one does.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // Sockets and real processes: they wait as much as they work, so one more than a small machine has cores.
    maxWorkers: 3,
  },
});
