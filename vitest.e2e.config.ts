import { defineConfig } from 'vitest/config';

// What a person gets: these tests run the built program, and its packages, as processes of their own.
export default defineConfig({
  test: {
    include: ['test/**/*.e2e.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
