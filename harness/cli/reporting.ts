/** Which reporters speak while a suite runs, and which files they leave. Loaded when needed: they carry libraries. */
import type { Reporter } from '../../reports/reporter.ts';
import type { SuiteResult } from '../core/finding.ts';
import type { Context } from './context.ts';
import type { ReporterName, Settings } from './options.ts';

const usual: readonly ReporterName[] = ['list', 'html'];

export async function createReporters(_settings: Settings, { stdout }: Context): Promise<Reporter[]> {
  return [
    {
      start: (s) => stdout.write(`pitchpole ${s.version} · ${s.world} · seed ${s.baseSeed} · ${s.seeds}\n`),
      progress: () => {},
      finding: (f) => {
        stdout.write(`${f.status} ${f.pattern.id} ${Math.round(f.milliseconds)}\n`);
        for (const x of f.flaws) stdout.write(`   ${x.flaw.name} ${x.status} ${x.because}\n`);
      },
      end: () => {},
    },
  ];
}
export async function writeReportFiles(
  _result: SuiteResult,
  _folder: string,
  _settings: Settings,
  _context: Context,
): Promise<string[]> {
  void usual;
  return [];
}
