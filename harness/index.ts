/**
 * The public door: what a project that tests its own system imports from `pitchpole`.
 */

export { checkers } from '../checkers/index.ts';
export { nemeses } from '../nemeses/index.ts';
export { workloads } from '../workloads/index.ts';
export { type Config, defineConfig } from './config.ts';
export type * from './core/cluster.ts';
export * from './core/define.ts';
export { HarnessError } from './core/errors.ts';
export type * from './core/finding.ts';
export type { Generator, GeneratorContext, Step } from './core/generator.ts';
export * from './core/generators.ts';
export type * from './core/node.ts';
export type { Random } from './core/random.ts';
export type * from './core/target.ts';
export type * from './core/types.ts';
export * from './core/verdict.ts';
export * as weather from './core/weather.ts';
export { type RunOptions, runOnce } from './run/run.ts';
