// What a checker and its workers say to each other. Everything here survives a structured clone; models do not, being full of
// functions, and so are named and imported at both ends.
import type { Budget, CheckOptions, Model, Operation, Result } from '../types.ts';

/** Where a model is to be found. */
export interface ModelReference {
  /** What to `import`: an absolute address (`new URL('./model.js', import.meta.url)`), or a package that the worker can resolve. */
  readonly module: string | { readonly href: string };
  /** Of its exports the one that is a model, or a function that makes one. */
  readonly name: string;
  /** What the function is called with. Structured-cloneable. */
  readonly options?: unknown;
}

export interface Task {
  readonly model: { readonly module: string; readonly name: string; readonly options: unknown };
  /** Each of one partition. */
  readonly jobs: readonly { readonly operations: readonly Operation[]; readonly configurations: number }[];
  readonly limits: Limits;
}

/** Besides the configurations of each job. */
export interface Limits extends Pick<CheckOptions, 'explain'>, Pick<Budget, 'megabytes'> {
  /** On the clock of `Date.now`. */
  readonly deadline: number | undefined;
}

export function optionsOf({ deadline, megabytes, explain }: Limits, configurations: number): CheckOptions {
  const milliseconds = deadline === undefined ? undefined : Math.max(0, deadline - Date.now());
  return { budget: { configurations, milliseconds, megabytes }, explain };
}

/** `results` end at the first invalid one. */
export type Answer = { readonly results: readonly Result<unknown>[] } | { readonly error: string };

export type AnyModel = Model<unknown, unknown, unknown>;

export function asTaskModel({ module, name, options }: ModelReference): Task['model'] {
  return { module: typeof module === 'string' ? module : module.href, name, options };
}

export async function importModel({ module, name, options }: Task['model']): Promise<AnyModel> {
  const exports = (await import(module)) as Record<string, unknown>;
  const found = exports[name];
  const model: unknown = typeof found === 'function' ? (found as (options: unknown) => unknown)(options) : found;
  if (typeof model !== 'object' || model === null || !('step' in model) || typeof model.step !== 'function') {
    throw new TypeError(`the export \`${name}\` of ${module} is no model, nor does it make one`);
  }
  return model as AnyModel;
}
