/**
 * A client of one Redis server: lists that grow. It connects when it is first asked, and again when it is asked after its
 * connection broke; it never sends a command twice.
 */
import { promisedClient } from '../../../harness/core/define.ts';
import type { ClientFactory } from '../../../harness/core/target.ts';
import type { Completion, Invocation } from '../../../harness/core/types.ts';
import { type Connection, connect } from './connection.ts';

/** `append` and `read` of a list: `RPUSH` and `LRANGE`. */
export const appendClient: ClientFactory = (door) => {
  let connection: Connection | undefined;
  const end = (): void => {
    connection?.end();
    connection = undefined;
  };
  return promisedClient(async (invocation) => {
    try {
      connection ??= await connect(door.address(invocation.node ?? door.node));
    } catch (error) {
      return { type: 'fail', error: `not connected, so nothing was sent: ${String(error)}` };
    }
    try {
      return await carry(invocation, connection);
    } catch (error) {
      if (!refused(error)) end();
      return classify(invocation, error);
    }
  }, end);
};

async function carry({ action, input, key = '' }: Invocation, { send }: Connection): Promise<Completion> {
  switch (action) {
    case 'append':
      await send('RPUSH', key, JSON.stringify(input));
      return { type: 'ok', output: null };
    case 'read': {
      const values = (await send('LRANGE', key, '0', '-1')) as readonly string[];
      return { type: 'ok', output: values.map((value) => JSON.parse(value)) };
    }
    default:
      throw new Error(`a list does not know the action ${action}`);
  }
}

/** Exported for its test. */
export function classify({ action }: Pick<Invocation, 'action'>, error: unknown): Completion {
  const text = error instanceof Error ? error.message : String(error);
  // A read that came to nothing has changed nothing, whatever became of it.
  if (action === 'read' || refused(error)) return { type: 'fail', error: text };
  return { type: 'info', error: text };
}

const refused = (error: unknown): boolean =>
  error instanceof Error && certainFailures.some(({ begins }) => error.message.startsWith(begins));

/**
 * Answers of the server after which a command certainly was not performed, each with its reason. Everything else is `info`:
 * it may have happened.
 */
export const certainFailures: readonly { readonly begins: string; readonly because: string }[] = [
  { begins: 'LOADING ', because: 'refused on arrival: the server is still reading its data' },
  { begins: 'MISCONF ', because: 'refused on arrival: the server can no longer write to its disk' },
  { begins: 'OOM ', because: 'refused on arrival: the memory limit is reached' },
];
