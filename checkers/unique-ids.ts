/** No id was given out twice, by whomever. For the workload `unique-ids`; ids are compared as JSON. */
import type { Operation } from '../harness/core/types.ts';
import type { Anomaly, Checker } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';

const name = 'unique-ids';

export const uniqueIds = (): Checker => ({
  name,
  check({ operations }) {
    const owners = new Map<string, Operation[]>();
    for (const operation of operations) {
      if (operation.action !== 'generate' || operation.completion.type !== 'ok') continue;
      const id = JSON.stringify(operation.completion.output);
      owners.set(id, [...(owners.get(id) ?? []), operation]);
    }
    const anomalies = [...owners].flatMap(([id, given]): Anomaly[] => {
      const [first, second] = given;
      if (first === undefined || second === undefined) return [];
      return [
        {
          name: 'duplicate-id',
          because: `${id} was given out ${given.length} times: by ${first.node} (operation ${first.index}) and by ${second.node} (operation ${second.index}).`,
          operations: given.slice(0, 10).map(({ index }) => index),
          ...(second.returnedAt === undefined ? {} : { at: second.returnedAt }),
        },
      ];
    });
    const text = `${owners.size} different ids, ${anomalies.length} given out more than once`;
    if (anomalies.length > 0) return invalid(name, anomalies.slice(0, 10), `${text}. ${anomalies[0]?.because}`);
    return owners.size === 0 ? unknown(name, 'nobody was given an id') : valid(name, text);
  },
});
