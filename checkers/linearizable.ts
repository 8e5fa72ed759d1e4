/**
 * The adapter of porcupine-ts: is there one order, key by key, that explains what every operation returned?
 *
 * The one surprise: the anomaly is called `stale-read` only where the operation that cannot follow is a read of a value
 * that the object had really held before; whatever else has no order is `nonlinearizable`. Whoever expects a conviction
 * should expect both, since a lost write and a stale read can look alike to the next reader.
 */

import { type History, type Json, type Operation, unknownNode } from '../harness/core/types.ts';
import type { Anomaly, Checker, Watch } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';
import type { ModelAdapter, Refutation } from './model-adapter.ts';
import { models } from './models.ts';

export interface LinearizableOptions {
  /** One of `models`; where absent, the one that the history's header names. */
  readonly model?: string;
  /** What the object holds at first, where the model lets it be said; default: what the model says. */
  readonly initial?: Json;
  /** Puts the evidence into the details: for what is valid one legal order of each key, for what is not a minimal core. */
  readonly certificate?: boolean;
  /** How many configurations to look at over all keys, before the answer is `unknown`. */
  readonly configurations?: number;
  /** Wall-clock limit as well; off by default, since with it a slow machine may get another answer. */
  readonly milliseconds?: number;
}

const name = 'linearizable';

export const linearizable = (options: LinearizableOptions = {}): Checker => ({
  name,
  check(history) {
    const modelName = options.model ?? history.header.model;
    if (modelName === undefined) return unknown(name, 'no model: neither the checker nor the history names one');
    const usual = Object.hasOwn(models, modelName) ? models[modelName] : undefined;
    if (usual === undefined) {
      return unknown(name, `no model \`${modelName}\`; there are ${Object.keys(models).join(', ')}`);
    }
    const model = options.initial === undefined ? usual : usual.startingWith?.(options.initial);
    if (model === undefined) return unknown(name, `the model ${modelName} has no initial value that could be another`);
    const stranger = history.operations.find(({ action }) => !model.actions.includes(action));
    if (stranger !== undefined) {
      return unknown(
        name,
        `the model ${modelName} does not know the action \`${stranger.action}\` of operation ${stranger.index}`,
      );
    }
    if (history.operations.length === 0) return valid(name, 'no operations, so nothing to put in order');
    return judge(history, modelName, model, options);
  },
  watch(header) {
    const modelName = options.model ?? header.model;
    const model = modelName !== undefined && Object.hasOwn(models, modelName) ? models[modelName] : undefined;
    return model === undefined ? undefined : watchByKey(model);
  },
});

/** Keys never touch each other, so each has a watch of its own. */
function watchByKey(model: ModelAdapter): Watch {
  const watches = new Map<string | undefined, Watch>();
  const of = ({ key, action }: Operation): Watch | undefined => {
    if (!model.actions.includes(action)) return undefined;
    const known = watches.get(key) ?? model.watch();
    watches.set(key, known);
    return known;
  };
  const told = (event: 'called' | 'returned') => (operation: Operation) => {
    const message = of(operation)?.[event](operation);
    return message === undefined ? undefined : `${where(operation.key)}${message}`;
  };
  return { called: told('called'), returned: told('returned') };
}

const defaultConfigurations = 4_000_000;

function judge(history: History, modelName: string, model: ModelAdapter, options: LinearizableOptions) {
  const groups = byKey(history.operations);
  const anomalies: Anomaly[] = [];
  const undecided: string[] = [];
  const orders: Json[] = [];
  const cores: Json[] = [];
  let left = options.configurations ?? defaultConfigurations;
  const budgetOf = (configurations: number) => ({
    configurations,
    ...(options.milliseconds === undefined ? {} : { milliseconds: options.milliseconds }),
  });
  for (const [key, operations] of groups) {
    const result = left > 0 ? model.check(operations, budgetOf(left)) : undefined;
    left -= result?.configurations ?? 0;
    if (result === undefined || result.verdict === 'unknown') {
      undecided.push(`${where(key)}${result?.reason ?? 'the budget was spent on other keys'}`);
    } else if (result.verdict === 'invalid') {
      anomalies.push(anomalyOf(history, modelName, key, result.refutation));
      cores.push({ ...(key === undefined ? {} : { key }), operations: result.refutation.core });
    } else {
      for (const { partition, order } of result.orders) {
        const within = partition ?? key;
        orders.push({ ...(within === undefined ? {} : { key: within }), operations: order });
      }
    }
  }
  const counted = `${history.operations.length} operations on ${groups.size} ${groups.size === 1 ? 'key' : 'keys'}`;
  const certificate = anomalies.length > 0 ? { cores } : { orders };
  const details = {
    model: modelName,
    keys: groups.size,
    undecided: undecided.length,
    ...(options.certificate === true ? { certificate } : {}),
  };
  if (anomalies.length > 0) {
    return invalid(
      name,
      anomalies,
      `${counted}: ${anomalies.length} not linearizable. ${anomalies[0]?.because}`,
      details,
    );
  }
  if (undecided.length > 0) return unknown(name, `${counted}: ${undecided.length} undecided. ${undecided[0]}`, details);
  return valid(name, `${counted}: linearizable as ${modelName}`, details);
}

/** Smallest first: a short history that is wrong is the easiest to read. Without a key all are one object. */
function byKey(operations: readonly Operation[]): ReadonlyMap<string | undefined, readonly Operation[]> {
  const groups = new Map<string | undefined, Operation[]>();
  for (const operation of operations) {
    const group = groups.get(operation.key);
    if (group) group.push(operation);
    else groups.set(operation.key, [operation]);
  }
  return new Map([...groups].sort(([, a], [, b]) => a.length - b.length));
}

const where = (key: string | undefined): string => (key === undefined ? '' : `${key}: `);

const askedOf = (operation: Operation | undefined): string =>
  operation === undefined || operation.node === unknownNode ? '' : `, asked of ${operation.node}`;

function anomalyOf(history: History, model: string, key: string | undefined, refutation: Refutation): Anomaly {
  const { stuck, stations, state, blocked, message, stale } = refutation;
  const operation = history.operations[stuck];
  const lastChange = stations.findLast(({ changed }) => changed);
  const at = operation?.returnedAt;
  return {
    name: stale ? 'stale-read' : 'nonlinearizable',
    because: `${where(key)}${message}${askedOf(operation)}.${stale ? ' The value is one that it had held before.' : ''}`,
    operations: [stuck, ...(lastChange && lastChange.operation !== stuck ? [lastChange.operation] : [])],
    ...(at === undefined ? {} : { at }),
    counterexample: {
      ...(key === undefined ? {} : { key }),
      model,
      stations: stations.map(({ operation: index, state: after }) => ({ operation: index, state: after })),
      state,
      blocked,
    },
  };
}
