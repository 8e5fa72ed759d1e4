import { defineConfig } from 'vitest/config';
import unit from './vitest.config.ts';

// Suites that need a Docker engine. One after the other: they share the machine, and some of them measure it.
export default defineConfig({
  resolve: unit.resolve ?? {},
  test: {
    include: ['{harness,targets,test,bench}/**/*.docker.test.ts'],
    exclude: ['**/dist/**', '**/node_modules/**'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
