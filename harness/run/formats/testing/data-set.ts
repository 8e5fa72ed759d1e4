/**
 * The histories of other projects that lie beside the repository, each with its model and the verdict that those projects
 * give it. The same log means different things to different models, so what a `fail` and a `nil` say is decided here.
 */
import { existsSync, readFileSync } from 'node:fs';
import {
  type CasRegisterInput,
  type Operation as Checked,
  casRegister,
  type KeyValueInput,
  keyValue,
  type Model,
  type MultiRegisterInput,
  type MutexInput,
  multiRegister,
  mutex,
} from 'porcupine-ts';
import type { Json, Operation } from '../../../core/types.ts';
import { detectFormat, readers } from '../detect.ts';

/** Beside the repository, not in it: absent on most machines. */
export const dataFolder = new URL('../../../../../shared/data/', import.meta.url);
export const hasData = existsSync(dataFolder);

export interface Sample {
  readonly group: string;
  readonly file: string;
  readonly expected: 'valid' | 'invalid';
  /** Reads the file. */
  load(): { readonly model: Model<unknown, unknown, unknown>; readonly operations: Checked[] };
}

/** Every file with a verdict; empty without the data. */
export function samples(): Sample[] {
  if (!hasData) return [];
  const porcupine = rows('porcupine', 2);
  return [
    ...porcupine.filter(({ file }) => file.includes('/jepsen/')).map((row) => sample('etcd', row, asEtcd)),
    ...porcupine.filter(({ file }) => file.includes('/kv/')).map((row) => sample('kv', row, asKeyValue)),
    ...rows('synthetic-crash', 4).map((row) => sample('synthetic-crash', row, asEtcd)),
    ...rows('knossos', 3).map((row) => sample('knossos', row, knossosReader(row.file))),
  ];
}

interface Row {
  readonly file: string;
  readonly expected: 'valid' | 'invalid';
}

/** @param column of the verdict, from 0. */
function rows(folder: string, column: number): Row[] {
  const lines = readFileSync(new URL(`${folder}/EXPECTED.tsv`, dataFolder), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  return lines.flatMap((line): Row[] => {
    const cells = line.split('\t');
    const verdict = cells[column]?.split(' ')[0];
    if (verdict === '-') return []; // the cluster of etcd_095 never started
    if (verdict !== 'true' && verdict !== 'false') throw new Error(`${folder}: no verdict in ${line}`);
    return [{ file: `${folder}/${cells[0]}`, expected: verdict === 'true' ? 'valid' : 'invalid' }];
  });
}

/** A model, and what an operation of a log is to it: `undefined` to leave it out. */
interface Reading<S, I, O> {
  readonly model: Model<S, I, O>;
  given(operation: Operation): { readonly input: I; readonly output?: O | undefined } | undefined;
}

function sample<S, I, O>(group: string, { file, expected }: Row, { model, given }: Reading<S, I, O>): Sample {
  return {
    group,
    file,
    expected,
    load() {
      const text = readFileSync(new URL(file, dataFolder), 'utf8');
      const format = detectFormat(text, file);
      if (format === 'pitchpole') throw new Error(`${file} is not one of ours`);
      const operations = readers[format](text, file).operations.flatMap((operation): Checked[] => {
        const its = given(operation);
        if (its === undefined) return [];
        const { process, calledAt: call, returnedAt, completion } = operation;
        return [{ process, call, ...its, return: completion.type === 'info' ? undefined : returnedAt }];
      });
      return { model: model as unknown as Model<unknown, unknown, unknown>, operations };
    },
  };
}

/** As Porcupine's etcd test has it: a failed cas saw another value, a failed read saw nothing. */
const asEtcd: Reading<Json, CasRegisterInput<Json>, Json> = {
  model: casRegister<Json>({ initial: null, failedCas: 'observation' }) as Model<Json, CasRegisterInput<Json>, Json>,
  given(operation) {
    const { action, completion } = operation;
    if (action === 'cas') return { input: casInput(operation), output: completion.type === 'ok' };
    if (completion.type === 'fail') return undefined;
    return { input: casInput(operation), output: action === 'read' ? seen(completion) : undefined };
  },
};

function knossosReader(file: string): Reading<Json, never, Json> {
  const reading = file.includes('/mutex/')
    ? asMutex
    : file.includes('/multi-register/')
      ? asMultiRegister
      : asKnossosRegister(file.includes('/rethink') ? null : 0);
  return reading as unknown as Reading<Json, never, Json>;
}

/** As Knossos has it: what failed did not happen, and a read of nil is a read of which nothing is known. */
function asKnossosRegister(initial: Json): Reading<Json, CasRegisterInput<Json>, Json> {
  return {
    model: casRegister<Json>({ initial }) as Model<Json, CasRegisterInput<Json>, Json>,
    given(operation) {
      const { action, completion } = operation;
      if (completion.type === 'fail') return undefined;
      const output = action === 'cas' ? true : action === 'read' ? (seen(completion) ?? undefined) : undefined;
      return { input: casInput(operation), output };
    },
  };
}

const asMutex: Reading<string | number | null, MutexInput, boolean> = {
  model: mutex(),
  given: ({ action, completion }) =>
    completion.type === 'fail' ? undefined : { input: { action: action as MutexInput['action'] } },
};

const asMultiRegister: Reading<
  Readonly<Record<string, Json>>,
  MultiRegisterInput<Json>,
  readonly (Json | undefined)[]
> = {
  model: multiRegister<Json>({ initial: { x: 0, y: 0 } }),
  given({ input, completion }) {
    if (completion.type === 'fail') return undefined;
    const steps = (input as [string, string, Json][]).map(([action, key, value]) =>
      action === 'read' ? { action: 'read' as const, key } : { action: 'write' as const, key, value },
    );
    const output = (seen(completion) as [string, string, Json][] | undefined)?.map(([, , value]) => value ?? undefined);
    return { input: { action: 'transaction', steps }, output };
  },
};

const asKeyValue: Reading<string, KeyValueInput, string> = {
  model: keyValue(),
  given({ action, key = '', input, completion }) {
    if (action === 'get') return { input: { action, key }, output: seen(completion) as string | undefined };
    return { input: { action: action as 'put' | 'append', key, value: input as string } };
  },
};

function seen(completion: Operation['completion']): Json | undefined {
  return completion.type === 'ok' ? completion.output : undefined;
}

function casInput({ action, input }: Operation): CasRegisterInput<Json> {
  if (action === 'read') return { action };
  if (action === 'write') return { action, value: input };
  const [from = null, to = null] = input as Json[];
  return { action: 'cas', from, to };
}
