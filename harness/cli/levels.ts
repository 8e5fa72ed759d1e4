/**
 * Levels of consistency as `check` speaks of them: which there are, which checker decides each, and which is the strongest
 * that a history still has.
 *
 * The surprise: two families share the flag. Objects (registers, queues, locks) are linearizable or something weaker,
 * transactions are strict-serializable or something weaker; a level of the other family is an honest unknown.
 */
import { modelNames as elleModels, forbidden, friendly, isModel, ruledOut } from 'elle-ts';
import { linearizable } from '../../checkers/linearizable.ts';
import { models } from '../../checkers/models.ts';
import { type SerialLevel, serialLevels, serialOrder } from '../../checkers/serial-order.ts';
import { transactional } from '../../checkers/transactional.ts';
import type { TransactionWorkload } from '../../checkers/transactions.ts';
import { type WeakerLevel, weaker, weakerLevels } from '../../checkers/weaker.ts';
import { HarnessError } from '../core/errors.ts';
import type { History, Json, Operation } from '../core/types.ts';
import { type Checker, unknown, type Validity, type Verdict } from '../core/verdict.ts';
import type { Format } from '../run/formats/detect.ts';
import { suggestion } from './values.ts';

export interface Answer {
  readonly verdict: Validity;
  /** In one line: what was checked, what came out, and what still holds. */
  readonly because: string;
  /** The strongest levels that nothing in the history rules out. */
  readonly holds?: readonly string[];
  readonly verdicts: readonly Verdict[];
}

export interface Question {
  readonly model: string;
  readonly consistency?: string | undefined;
  readonly initial?: Json | undefined;
  readonly certificate?: boolean | undefined;
}

const workloads: readonly TransactionWorkload[] = ['list-append', 'rw-register'];

const objectLevels: readonly string[] = ['linearizable', ...weakerLevels];

/** Everything that `--model` takes. */
export const modelNames: readonly string[] = [...Object.keys(models), ...workloads];

/** Elle's lattice also has models that no history of transactions could rule out; to find them kept would say nothing. */
const isTransactionLevel = (name: string): boolean => isModel(name) && forbidden([name]).size > 0;

/** Everything that `--consistency` takes; transactions' levels also by their other names in Elle, such as `PL-3`. */
export const levelNames: readonly string[] = [...objectLevels, ...elleModels.filter(isTransactionLevel)];

/** Throws a HarnessError (`bad-usage`) with what was meant, if it is none. */
export const knownModel = (name: string): string => known(name, modelNames, 'model');
export const knownLevel = (name: string): string =>
  isTransactionLevel(name) ? name : known(name, levelNames, 'level of consistency');

export function answer(history: History, question: Question): Answer {
  const workload = workloads.find((name) => name === question.model);
  return workload === undefined
    ? answerForObject(history, question)
    : answerForTransactions(history, workload, question);
}

function answerForTransactions(
  history: History,
  workload: TransactionWorkload,
  { consistency, initial }: Question,
): Answer {
  if (initial !== undefined)
    throw usage(`The model ${workload} has no initial value that could be another.`, 'Leave out --initial.');
  if (consistency !== undefined && !isTransactionLevel(consistency)) {
    const verdict = unknown(workload, `${consistency} is a level of objects, and ${workload} is transactions`);
    return { verdict: verdict.valid, because: verdict.summary, verdicts: [verdict] };
  }
  const verdict = transactional({ workload, ...(consistency === undefined ? {} : { consistency }) }).check(history);
  const { valid, summary, details } = verdict;
  const left = details as Left | undefined;
  if (left?.strongest === undefined) return { verdict: valid, because: summary, verdicts: [verdict] };
  if (workload === 'rw-register') return withOrder(history, verdict, left, consistency);
  return { verdict: valid, because: summary, holds: left.strongest, verdicts: [verdict] };
}

/** What `transactional` tells of the levels. */
interface Left {
  readonly anomalyTypes: readonly string[];
  readonly not: readonly string[];
  readonly alsoNot: readonly string[];
  readonly strongest: readonly string[];
}

/** What Elle calls it where it knows that a level is broken, and not by what. */
const unordered: Readonly<Record<SerialLevel, string>> = {
  'strict-serializable': 'PL-SS-cycle-exists',
  'strong-session-serializable': 'strong-session-serializable-cycle-exists',
  serializable: 'PL-3-cycle-exists',
};

/** Registers tell little of their dependencies, so the order that a serial level promises is searched for too. */
function withOrder(history: History, verdict: Verdict, left: Left, consistency: string | undefined): Answer {
  const timeless = history.header.facts?.timeless === true;
  const level = friendly(consistency ?? (timeless ? 'strong-session-serializable' : 'strict-serializable'));
  const gone = [...left.not, ...left.alsoNot];
  const open = serialLevels.filter((one) => !gone.includes(one) && !(timeless && one === 'strict-serializable'));
  const refuted: Verdict[] = [];
  let found: Validity = 'unknown';
  for (const one of open) {
    const order = serialOrder({ level: one }).check(history);
    found = order.valid;
    if (found !== 'invalid') break;
    refuted.push(order);
  }
  const { valid, summary } = verdict;
  if (refuted.length === 0) {
    const said = {
      valid: 'There is an order that explains all.',
      unknown: 'Whether there is an order was not decided.',
    };
    const also =
      valid === 'valid' && found !== 'invalid' && open.some((one) => one === level) ? `. ${said[found]}` : '';
    return { verdict: valid, because: `${summary}${also}`, holds: left.strongest, verdicts: [verdict] };
  }
  const { not, alsoNot, strongest } = ruledOut([
    ...left.anomalyTypes,
    ...open.slice(0, refuted.length).map((one) => unordered[one]),
  ]);
  const holds = timeless ? strongest.map((one) => one.replace(/^strong-(?!session-)/, 'strong-session-')) : strongest;
  const verdicts = [verdict, ...refuted];
  if (valid === 'invalid' || ![...not, ...alsoNot].includes(level)) {
    return {
      verdict: valid,
      because: `${summary}. Not ${not.join(' nor ')}, for there is no such order.`,
      holds,
      verdicts,
    };
  }
  const why = `not ${not.join(' nor ')}, for ${refuted.at(-1)?.summary ?? 'there is no order'}; what is left is ${holds.join(', ')}`;
  return { verdict: 'invalid', because: why, holds, verdicts };
}

/** After a conviction a guess at what else holds is worth this much; a level that was asked for gets the usual budget. */
const curiosity = 20_000;

function answerForObject(history: History, { model, consistency, initial, certificate }: Question): Answer {
  const level = consistency ?? 'linearizable';
  const start = initial === undefined ? {} : { initial };
  if (initial !== undefined && models[model]?.startingWith === undefined) {
    throw usage(`The model ${model} has no initial value that could be another.`, 'Leave out --initial.');
  }
  if (!objectLevels.includes(level)) {
    const verdict = unknown(level, `${level} is a level of transactions, and ${model} is one object: give --model`);
    return { verdict: verdict.valid, because: verdict.summary, verdicts: [verdict] };
  }
  const under = (name: string, configurations?: number): Checker => {
    if (name === 'linearizable')
      return linearizable({ model, ...start, ...(certificate === true ? { certificate } : {}) });
    return weaker({
      model,
      level: name as WeakerLevel,
      ...start,
      ...(configurations === undefined ? {} : { configurations }),
    });
  };
  const verdict = under(level).check(history);
  const { valid, summary } = verdict;
  if (valid === 'valid') return { verdict: valid, because: summary, holds: [level], verdicts: [verdict] };
  if (valid === 'unknown' || consistency !== undefined)
    return { verdict: valid, because: summary, verdicts: [verdict] };
  const also = weakerLevels.map((name) => under(name, curiosity).check(history));
  const right = also.filter((one) => one.valid === 'valid').map(({ checker }) => checker);
  // What is regular is safe.
  const holds = right.filter((name) => name !== 'safe' || !right.includes('regular'));
  const still =
    holds.length === 0
      ? 'It is nothing weaker either.'
      : `It is still ${holds.map((name) => inWords[name] ?? name).join(', and ')}.`;
  const sure = also.some((one) => one.valid === 'unknown') && holds.length === 0 ? '' : ` ${still}`;
  return {
    verdict: valid,
    because: `${summary}${sure}`,
    holds,
    verdicts: [verdict, ...also.filter((one) => one.valid === 'valid')],
  };
}

const inWords: Readonly<Record<string, string>> = {
  sequential: 'sequentially consistent',
  regular: 'a regular register',
  safe: 'a safe register',
};

function known(name: string, all: readonly string[], what: string): string {
  if (all.includes(name)) return name;
  const near = suggestion(name, all);
  throw usage(`There is no ${what} \`${name}\`.`, near === '' ? `There are ${all.join(', ')}.` : near);
}

const usage = (message: string, hint: string): HarnessError => new HarnessError({ code: 'bad-usage', message, hint });

/** What the operations of a history look like, where neither its format nor anybody says. */
export function modelOf(format: Format, { operations, header }: History): string | undefined {
  if (format === 'pitchpole') return header.model;
  if (format === 'jepsen-log') return 'cas-register-observed';
  if (format === 'kv-log') return 'key-value';
  const actions = new Set(operations.map(({ action }) => action));
  if (actions.size === 1 && actions.has('txn')) return workloadOf(operations);
  const outputs = operations.flatMap(({ action, completion }) =>
    action === 'read' && completion.type === 'ok' && completion.output !== null ? [completion.output] : [],
  );
  const lists = outputs.length > 0 && outputs.every((output) => Array.isArray(output));
  const numbers = outputs.length > 0 && outputs.every((output) => typeof output === 'number');
  const candidates = [
    'cas-register',
    'mutex',
    'queue',
    'key-value',
    ...(lists ? ['append-list', 'set'] : []),
    ...(numbers ? ['counter'] : []),
  ];
  return candidates.find((name) => [...actions].every((action) => models[name]?.actions.includes(action)));
}

/** By the first word of each step: `append` and `r`, `w` and `r`, `read` and `write`. */
function workloadOf(operations: readonly Operation[]): string | undefined {
  const verbs = new Set<Json | undefined>();
  let lists = false;
  for (const { input, completion } of operations) {
    for (const steps of [input, completion.type === 'ok' ? completion.output : null]) {
      if (!Array.isArray(steps)) continue;
      for (const step of steps as readonly Json[]) {
        const [verb, , value] = Array.isArray(step) ? (step as readonly Json[]) : [];
        verbs.add(verb);
        lists ||= verb === 'r' && Array.isArray(value);
      }
    }
  }
  const only = (...words: string[]): boolean => [...verbs].every((verb) => words.some((word) => word === verb));
  if (only('append', 'r')) return verbs.has('append') || lists ? 'list-append' : 'rw-register';
  if (only('w', 'r')) return 'rw-register';
  return only('read', 'write') ? 'multi-register' : undefined;
}
