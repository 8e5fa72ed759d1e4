// All workloads by name. A new one is a file and a line.
import { append } from './append.ts';
import { calls } from './calls.ts';
import { register } from './register.ts';
import { set } from './set.ts';
import { txnListAppend } from './txn-list-append.ts';

export const workloads = { register, append, set, calls, 'txn-list-append': txnListAppend } as const;
