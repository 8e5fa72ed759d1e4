// porcupine-ts/workers: the checker over several workers. A door of its own, so that the main one begins none and knows of none.
export { checkInWorkers, type WorkerOptions } from './check.ts';
export type { Answer, ModelReference, Task } from './protocol.ts';
export { threadHandle, type WorkerHandle, webHandle } from './spawn.ts';
