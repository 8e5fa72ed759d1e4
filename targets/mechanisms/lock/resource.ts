/**
 * What the lock guards: lists of writes, each with the token under which it was made. It is the resource that has the last
 * word, since only it sees the writes in the order in which they take effect (Kleppmann 2016).
 */
import type { Environment, Node } from '../../../harness/core/node.ts';
import type { Json, Variant } from '../../../harness/core/types.ts';
import { type Journal, openJournal } from './journal.ts';
import type { Message } from './messages.ts';
import { settingsOf } from './settings.ts';

export function createResource(environment: Environment, variant: Variant): Node {
  const { disk, network, metrics } = environment;
  const settings = settingsOf(variant);
  const lists = new Map<string, (readonly [token: number, value: Json])[]>();
  const newest = new Map<string, number>();
  const taken = new Set<string>();
  let journal: Journal | undefined;

  const take = (key: string, token: number, value: Json): void => {
    lists.set(key, [...(lists.get(key) ?? []), [token, value]]);
    newest.set(key, Math.max(token, newest.get(key) ?? 0));
    taken.add(JSON.stringify([key, token, value]));
  };

  return {
    start() {
      const opened = openJournal(disk, 'writes', () => {
        journal = opened.journal;
      });
      for (const record of opened.records) {
        const [key, token, value] = record as readonly [string, number, Json];
        take(key, token, value);
      }
    },
    onMessage(from, body) {
      const message = body as Message;
      if (message.type !== 'write' || journal === undefined) return;
      const { id, key, token, value } = message;
      // A message may come twice: the first one's answer is on its way.
      if (taken.has(JSON.stringify([key, token, value]))) return;
      const seen = newest.get(key) ?? 0;
      if (settings.fencing && token < seen) {
        metrics.add('lock_fenced_writes_total');
        network.send(from, { type: 'written', id, taken: false, newest: seen } satisfies Message);
        return;
      }
      metrics.add('lock_guarded_writes_total');
      take(key, token, value);
      journal.append([key, token, value], () => {
        network.send(from, { type: 'written', id, taken: true, newest: newest.get(key) ?? 0 } satisfies Message);
      });
    },
    onRequest(body, reply) {
      const { op, key } = body as { readonly op?: Json; readonly key?: Json };
      if (op !== 'read') reply({ outcome: 'not-done', because: `${environment.self} is the resource; ask a holder` });
      else if (journal === undefined) reply({ outcome: 'not-done', because: `${environment.self} is starting` });
      else reply({ outcome: 'done', value: lists.get(String(key)) ?? [] });
    },
    inspect: () => ({ role: 'resource', newest: Object.fromEntries(newest), writes: taken.size }),
  };
}
