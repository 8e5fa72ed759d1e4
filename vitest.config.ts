import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Tests run on the sources: the workspace packages are aliased to their sources too, so that no build can be stale.
export default defineConfig({
  resolve: {
    alias: {
      'porcupine-ts': fileURLToPath(new URL('./checkers/porcupine/src/index.ts', import.meta.url)),
      'elle-ts': fileURLToPath(new URL('./checkers/elle/src/index.ts', import.meta.url)),
    },
  },
  test: {
    include: ['{harness,workloads,nemeses,checkers,targets,reports,test}/**/*.test.ts'],
    exclude: ['**/dist/**', '**/node_modules/**', '**/*.docker.test.ts', '**/*.e2e.test.ts'],
    testTimeout: 30_000,
  },
});
