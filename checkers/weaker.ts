/**
 * What a history may still have where it is not linearizable: sequential consistency, and for registers regular and safe
 * reads (see porcupine-ts, which has the definitions and their papers).
 *
 * The one surprise: sequential consistency is a property of all keys together, so it is asked of the whole history, while
 * the others are asked key by key.
 */
import { checkRegular, checkSafe, checkSequential, type Model, type RegisterInput } from 'porcupine-ts';
import type { History, Json, Operation } from '../harness/core/types.ts';
import { type Checker, invalid, unknown, type Verdict, valid } from '../harness/core/verdict.ts';
import { models } from './models.ts';

/** From the strongest; `sequential` and `regular` are not comparable. */
export const weakerLevels = ['sequential', 'regular', 'safe'] as const;
export type WeakerLevel = (typeof weakerLevels)[number];

export interface WeakerOptions {
  readonly level: WeakerLevel;
  /** One of `models`. */
  readonly model: string;
  /** What the object holds at first; default: what the model says. */
  readonly initial?: Json;
  readonly configurations?: number;
}

export const weaker = (options: WeakerOptions): Checker => ({
  name: options.level,
  check: (history) => (options.level === 'sequential' ? sequential(history, options) : register(history, options)),
});

function sequential({ operations }: History, { model: name, initial, configurations }: WeakerOptions): Verdict {
  const usual = Object.hasOwn(models, name) ? models[name] : undefined;
  const adapter = initial === undefined ? usual : usual?.startingWith?.(initial);
  const stranger = operations.find(({ action }) => adapter?.actions.includes(action) !== true);
  if (adapter === undefined || stranger !== undefined) {
    return unknown('sequential', `the model ${name} does not know ${stranger?.action ?? 'such a history'}`);
  }
  const keyOf = (index: number): string => operations[index]?.key ?? '';
  return adapter.ask(operations, (model, asked, indices): Verdict => {
    const keyed = asked.map((one, at) => ({ ...one, input: { key: keyOf(indices[at] ?? -1), input: one.input } }));
    const result = checkSequential(perKey(model), keyed, { budget: { configurations } });
    if (result.verdict === 'unknown') return unknown('sequential', result.reason);
    if (result.verdict === 'valid') return valid('sequential', `${asked.length} operations: sequentially consistent`);
    const { message, blocked } = result.counterexample;
    const stuck = blocked.map(({ operation }) => indices[operation] ?? -1);
    return invalid('sequential', [{ name: 'nonsequential', because: message, operations: stuck }], message);
  });
}

/** One such object for each key. */
const perKey = <S, I, O>(model: Model<S, I, O>): Model<S, { readonly key: string; readonly input: I }, O> => ({
  name: model.name,
  init: model.init,
  step: (state, { input }, output) => model.step(state, input, output),
  partition: ({ key, input }) => JSON.stringify([key, model.partition?.(input) ?? null]),
  ...(model.readOnly && { readOnly: ({ input }, output) => model.readOnly?.(input, output) ?? false }),
  ...(model.key && { key: (state: S) => model.key?.(state) as string | number }),
  ...(model.supposeLost && { supposeLost: ({ input }) => model.supposeLost?.(input) }),
  ...(model.describe && { describe: ({ input }, output) => model.describe?.(input, output) as string }),
  ...(model.describeState && { describeState: (state: S) => model.describeState?.(state) as string }),
});

function register({ operations }: History, { level, initial = null }: WeakerOptions): Verdict {
  const stranger = operations.find(({ action }) => action !== 'read' && action !== 'write');
  if (stranger !== undefined)
    return unknown(level, `${level} is a property of registers, and does not know ${stranger.action}`);
  const judge = level === 'regular' ? checkRegular : checkSafe;
  const anomalies = [...byKey(operations.filter(({ completion }) => completion.type !== 'fail'))].flatMap((its) =>
    judge<Json>(its.map(registerOperation), { initial }).violations.map(({ read, overwrittenBy, message }) => ({
      name: level === 'regular' ? 'irregular-read' : 'unsafe-read',
      because: message,
      operations: [read, ...(overwrittenBy === undefined ? [] : [overwrittenBy])].map((at) => its[at]?.index ?? -1),
    })),
  );
  const counted = `${operations.length} operations`;
  const [first] = anomalies;
  return first === undefined
    ? valid(level, `${counted}: reads as of a ${level} register`)
    : invalid(
        level,
        anomalies,
        `${counted}: ${anomalies.length} reads that no ${level} register gives. ${first.because}`,
      );
}

function byKey(operations: readonly Operation[]): Iterable<readonly Operation[]> {
  const groups = new Map<string | undefined, Operation[]>();
  for (const operation of operations) {
    const group = groups.get(operation.key);
    if (group) group.push(operation);
    else groups.set(operation.key, [operation]);
  }
  return groups.values();
}

function registerOperation({ process, action, input, calledAt, returnedAt, completion }: Operation) {
  const asked: RegisterInput<Json> = action === 'read' ? { action } : { action: 'write', value: input };
  const returned = completion.type === 'ok' && returnedAt !== undefined;
  return {
    process,
    input: asked,
    call: calledAt,
    ...(returned ? { return: returnedAt, output: completion.output } : {}),
  };
}
