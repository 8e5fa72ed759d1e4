/** Whoever was told something said the same. For the workload `echo`. */
import type { Anomaly, Checker } from '../harness/core/verdict.ts';
import { invalid, unknown, valid } from '../harness/core/verdict.ts';

const name = 'echoes';

export const echoes = (): Checker => ({
  name,
  check({ operations }) {
    const answered = operations.filter(({ action, completion }) => action === 'echo' && completion.type === 'ok');
    const anomalies = answered.flatMap(({ index, node, input, completion, returnedAt }): Anomaly[] => {
      const [said, heard] = [
        JSON.stringify(input),
        JSON.stringify(completion.type === 'ok' ? completion.output : null),
      ];
      if (said === heard) return [];
      return [
        {
          name: 'wrong-echo',
          because: `${node} was told ${said} and said ${heard}.`,
          operations: [index],
          ...(returnedAt === undefined ? {} : { at: returnedAt }),
        },
      ];
    });
    const text = `${answered.length} echoes, ${anomalies.length} wrong`;
    if (anomalies.length > 0) return invalid(name, anomalies.slice(0, 10), `${text}. ${anomalies[0]?.because}`);
    return answered.length === 0 ? unknown(name, 'nobody answered') : valid(name, text);
  },
});
