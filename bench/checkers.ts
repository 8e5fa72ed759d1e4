/**
 * Speed of porcupine-ts, beside Porcupine where Go is here: `npm run bench:checkers [-- porcupine] [groups] [generated]`.
 *
 * The machine is noisy: compare ratios within one run, and the counts of configurations, which are exact.
 */
import { hasData } from '../harness/run/formats/testing/data-set.ts';
import { groups } from './checkers/groups.ts';
import { growth } from './checkers/growth.ts';
import { headToHead } from './checkers/head-to-head.ts';
import { buildPorcupineGo } from './checkers/porcupine-go.ts';

const asked = process.argv.slice(2);
const isAsked = (section: string): boolean => asked.length === 0 || asked.includes(section);

const go = buildPorcupineGo();
if ('missing' in go) console.log(go.missing);
const program = 'program' in go ? go.program : undefined;

if (!hasData)
  console.log('The histories of other projects are not here (../shared/data): only generated ones are measured.');
if (hasData && isAsked('groups')) fail(groups());
if (hasData && isAsked('porcupine')) fail(await headToHead(program));
if (isAsked('generated')) await growth(program);

function fail(isRight: boolean): void {
  if (!isRight) process.exitCode = 1;
}
