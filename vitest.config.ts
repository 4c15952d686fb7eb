import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/claude/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Sockets and real processes: a few files at once are plenty for a small machine.
    maxWorkers: 2,
  },
});
