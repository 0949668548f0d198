import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

// Three projects: node code as it is, components in happy-dom, and the doors end to end (serial: each
// starts processes of its own, on a machine of two cores).
export default defineConfig({
  test: {
    reporters: ['./test/reporter.ts'],
    // Vitest leaves one core to itself, which on two cores is half of them.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/renderer/**', 'test/e2e/**'],
          testTimeout: 30_000,
        },
      },
      {
        plugins: [vue()],
        test: { name: 'component', environment: 'happy-dom', include: ['test/renderer/**/*.test.ts'] },
      },
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
