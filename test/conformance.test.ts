/**
 * What every guest of the house must be and do, whoever wrote it: found through the registries, so that a new nemesis,
 * workload or pattern is tested by the line that names it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkers } from '../checkers/index.ts';
import { models } from '../checkers/models.ts';
import { transactionWorkloads } from '../checkers/transactions.ts';
import { seconds } from '../harness/core/define.ts';
import { createRandom } from '../harness/core/random.ts';
import type { DocumentCard } from '../harness/core/target.ts';
import { nemesesOf } from '../harness/core/weather.ts';
import { parseHistory } from '../harness/run/store.ts';
import { blow, nemeses, runTwin, short, type Twin, targets, twins, workloads } from './testing/registries.ts';

const patterns = Object.values(targets).flatMap((target) => target.patterns.map((pattern) => ({ target, pattern })));
const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

describe('names', () => {
  it.each([
    ['targets', targets],
    ['nemeses', nemeses],
    ['workloads', workloads],
  ])('each of the %s is filed under its own name, in kebab case', (_kind, registry) => {
    for (const [key, { name }] of Object.entries(registry)) {
      expect(name).toBe(key);
      expect(key).toMatch(kebab);
    }
  });

  it('each checker answers by the name under which it is filed', () => {
    for (const [key, make] of Object.entries(checkers)) {
      if (make.length > 0) continue;
      expect((make as () => { name: string })().name).toBe(key);
    }
  });

  it('no two patterns share an id, and each id begins with its target', () => {
    const ids = patterns.map(({ pattern }) => pattern.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { target, pattern } of patterns) expect(pattern.id.split('/')[0]).toBe(target.name);
  });
});

describe.each(patterns.map(({ target, pattern }) => [pattern.id, target, pattern] as const))(
  '%s',
  (_id, target, pattern) => {
    it('has flaws that each turn a switch of the reference to something else, or a control', () => {
      expect(pattern.flaws.length + (pattern.controls?.length ?? 0)).toBeGreaterThan(0);
      for (const { name, switches } of pattern.flaws) {
        expect(name).toMatch(kebab);
        const turned = Object.entries(switches).filter(([key, value]) => {
          expect(Object.keys(target.reference)).toContain(key);
          return target.reference[key] !== value;
        });
        expect([name, turned.length]).not.toEqual([name, 0]);
      }
    });

    it('names only workloads, nemeses and models that exist, in worlds that its target has', () => {
      for (const world of pattern.worlds) expect(target.worlds).toContain(world);
      for (const { scenario, inDocker } of pattern.flaws) {
        for (const { workload, faults } of [scenario, { ...scenario, ...inDocker }]) {
          expect(Object.keys(workloads)).toContain(workload);
          expect(Object.keys(target.clients)).toContain(workload);
          for (const nemesis of faults.flatMap(nemesesOf)) expect(Object.keys(nemeses)).toContain(nemesis);
        }
      }
    });

    it('has a card with a section and at least the symptoms', () => {
      expect(pattern.card.section).not.toBe('');
      expect(pattern.card.symptoms).not.toBe('');
    });
  },
);

const specification = new URL('../../shared/spec/mechanism-specifications.md', import.meta.url);
const here = existsSync(specification);
if (!here) console.log('skipped: quotations against the document (it is not beside the repository)');

describe.skipIf(!here)('quotations', () => {
  const flat = (text: string): string => text.replace(/[*`]/g, '').replace(/\s+/g, ' ').trim();
  const text = here ? readFileSync(specification, 'utf8') : '';
  // A row of a table may be quoted as `Failure Mode: False positives`.
  const tableRows = [...text.matchAll(/^\|(.*)\|$/gm)].map(([, cells]) => cells?.split('|').map(flat).join(': '));
  const document = `${flat(text)} ${tableRows.join(' ')}`;
  const rows: readonly (keyof DocumentCard)[] = [
    'symptoms',
    'causes',
    'detection',
    'prevention',
    'resolution',
    'detectionTime',
    'recoveryTime',
  ];

  // A guest of one's own may quote another document.
  const quoting = patterns.filter(({ pattern }) => /^M\d+: /.test(pattern.card.section));
  it.each(quoting.map(({ pattern }) => [pattern.id, pattern] as const))('%s: word for word', (_id, { card, flaws }) => {
    const quotes = [...rows.flatMap((row) => card[row] ?? []), ...flaws.flatMap(({ signal }) => signal?.quote ?? [])];
    // A card may bring together several lines of the document, with `; ` between them.
    for (const quote of quotes) {
      const missing = document.includes(flat(quote))
        ? []
        : flat(quote)
            .split(/; |(?<=[.:]) /)
            .map((part) => part.replace(/[.;]$/, ''))
            .filter((part) => !document.includes(part));
      expect({ quote, missing }).toEqual({ quote, missing: [] });
    }
  });
});

describe('every nemesis', () => {
  const fixed = twins.filter(({ twin }) => twin === 'fixed');
  const hosts = [...new Map(fixed.map((twin) => [twin.target.name, twin] as const)).values()];

  it.each(Object.entries(nemeses))('%s: strikes, proves it, heals, and proves that', async (name, { about }) => {
    expect(about).not.toBe('');
    let struck = 0;
    const skipped: string[] = [];
    for (const twin of hosts) {
      const { result } = await runTwin(twin, 7, short(twin.flaw.scenario, [blow(name)]));
      skipped.push(...result.history.faults.flatMap((fault) => fault.skipped ?? []));
      for (const fault of result.history.faults.filter(({ skipped }) => skipped === undefined)) {
        // Not every node writes to its disk.
        if (fault.struck.some(({ how }) => how.endsWith('there was nothing on its disk to damage'))) continue;
        struck++;
        expect(fault.nodes.length).toBeGreaterThan(0);
        expect(fault.what).not.toBe('');
        expect([...fault.struck, ...fault.healed].filter(({ took }) => !took)).toEqual([]);
        // A nemesis that loops brings its proofs with each heal.
        expect(fault.healed.length).toBeGreaterThan(0);
        expect(fault.until).toBeGreaterThanOrEqual(fault.from);
      }
    }
    // What only containers can do is skipped, with the reason.
    if (struck === 0) expect(skipped.join()).toMatch(/^cannot (cpu|memory|files) here: /);
  });
});

describe('every workload', () => {
  it.each(Object.entries(workloads))(
    '%s: asks for operations within its time, in one way for one seed',
    (_name, workload) => {
      const plan = () => ({
        duration: seconds(2),
        rate: 100,
        random: createRandom(3).split('plan'),
        nodes: ['n1', 'n2', 'n3'],
        roles: { n1: 'replica', n2: 'replica', n3: 'replica' },
        options: {},
      });
      const draw = (): string[] => {
        const asked: string[] = [];
        const random = createRandom(3);
        let generator = workload.generator(plan());
        let now = 0;
        while (asked.length < 150 && now < seconds(2)) {
          const step = generator.next({ now, random, free: [0, 1, 2, 3], threads: 4, nodes: plan().nodes });
          if (step.kind === 'done') break;
          if (step.kind === 'invoke' && step.at !== undefined && step.at > now) {
            // It is asked again when the time has come, as the interpreter does.
            now = step.at;
            continue;
          }
          if (step.kind === 'wait') now = step.until ?? seconds(2);
          else asked.push(JSON.stringify(step.invocation));
          generator = step.next;
        }
        return asked;
      };
      const asked = draw();
      expect(asked.length).toBeGreaterThan(20);
      expect(draw()).toEqual(asked);
      if (workload.model !== undefined) {
        const ofTransactions = transactionWorkloads.some((name) => name === workload.model);
        const actions = ofTransactions ? ['txn'] : models[workload.model]?.actions;
        for (const line of asked) expect(actions).toContain((JSON.parse(line) as { action: string }).action);
      }
    },
  );
});

describe('every history', () => {
  it.each(
    twins.filter((_, index) => index % 4 === 0).map((twin) => [`${twin.pattern.id} ${twin.flaw.name}`, twin] as const),
  )('%s: is read back from its file as it was in memory', async (_name, twin: Twin) => {
    const { lines, result } = await runTwin(twin, 11);
    const { history, torn } = parseHistory(`${lines.join('\n')}\n`, 'history.jsonl');
    expect(torn).toBeUndefined();
    expect(history).toEqual(result.history);
  });
});
