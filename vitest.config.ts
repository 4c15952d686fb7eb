import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['test/e2e/claude/**'],
    // Only for what hangs: a busy machine takes many times what an idle one does.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // Sockets and real processes: a few files at once are plenty for a small machine.
    maxWorkers: 2,
  },
});
