/**
 * The front door: which commands there are, and what a person is told when one goes wrong. Each command's own file is
 * loaded only when it is called, so that `--help` is quick.
 */
import { Command } from 'commander';
import { complain } from './complain.ts';
import type { Context, Work } from './context.ts';
import { optionOf, type SettingName, table } from './options.ts';

/** Runs one command line and returns the exit code; never throws. */
export async function runProgram(words: readonly string[], context: Context): Promise<number> {
  let code = 0;
  const program = describe(context, (work) => async (...given: unknown[]) => {
    code = await (await work())(context, ...given);
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    return complain(error, context);
  }
}

type Load = () => Promise<Work<never>>;
type Act = (work: () => Promise<Work<readonly unknown[]>>) => (...given: unknown[]) => Promise<void>;

function describe(context: Context, act: Act): Command {
  const does = (load: Load) => act(load as () => Promise<Work<readonly unknown[]>>);
  const program = new Command('pitchpole')
    .description('Breaks distributed systems on purpose, and proves from their history what held.')
    .version(`pitchpole ${context.version}`, '-V, --version', 'print the version')
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      // `complain` tells errors, once and in one form.
      outputError: () => {},
      getOutHelpWidth: () => context.stdout.columns,
      getErrHelpWidth: () => context.stderr.columns,
    })
    .exitOverride();

  const settings = Object.keys(table) as SettingName[];
  const run = command(
    program,
    'run',
    'run failure patterns: each must convict its flawed twin and acquit the fixed one',
    [
      'pitchpole run',
      'pitchpole run consensus --seeds 50',
      'pitchpole run consensus/split-brain -w docker',
      'pitchpole run --seed 0x5eed1a7e --reporter line --reporter junit',
      'pitchpole run --resume',
    ],
  ).argument('[filter...]', 'targets or patterns; all where none is given');
  for (const name of settings) run.addOption(optionOf(name));
  configured(run)
    .option('--resume [run]', 'go on with a run of the simulator that was stopped (default: the newest of them)')
    .option('--show-config', 'print every setting and where it came from, and run nothing')
    .action(does(async () => (await import('./commands/run.ts')).run));

  configured(
    command(program, 'list', 'list targets, patterns, workloads, nemeses and checkers', [
      'pitchpole list',
      'pitchpole list --json',
    ]),
  )
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('./commands/list.ts')).list));

  configured(
    command(program, 'explain', "tell what a pattern is: the document's words, its flaws, how to see each", [
      'pitchpole explain consensus/split-brain',
    ]),
  )
    .argument('<pattern>')
    .action(does(async () => (await import('./commands/explain.ts')).explain));

  configured(
    command(program, 'replay', 'run one variant on one seed again, with every message recorded', [
      'pitchpole replay consensus/split-brain --variant flawed --seed 0x5eed1a7e',
      'pitchpole replay .pitchpole/runs/20260101-120000/consensus-split-brain.stale-read.flawed.jsonl',
    ]),
  )
    .argument('<pattern|history>', 'a pattern with --seed, or the history of a run')
    .option('--flaw <name>', "which of the pattern's flaws (default: its first)")
    .option('--variant <variant>', 'flawed or fixed (default: flawed)')
    .option('--seed <seed>', 'the seed, as it was printed')
    .addOption(optionOf('world'))
    .addOption(optionOf('nodes'))
    .addOption(optionOf('duration'))
    .addOption(optionOf('rate'))
    .addOption(optionOf('concurrency'))
    .addOption(optionOf('workload'))
    .addOption(optionOf('nemesis'))
    .addOption(optionOf('weather'))
    .addOption(optionOf('stopEarly'))
    .addOption(optionOf('out'))
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('./commands/replay.ts')).replay));

  configured(
    command(program, 'shrink', 'find the smallest story that still fails as a run did, in the simulator', [
      'pitchpole shrink consensus/split-brain --seed 0x5eed1a7e',
      'pitchpole shrink .pitchpole/runs/20260101-120000/consensus-split-brain.stale-read.flawed.jsonl',
    ]),
  )
    .argument('<pattern|history>', 'a pattern, or the history of a run')
    .option('--flaw <name>', "which of the pattern's flaws (default: its first)")
    .option('--variant <variant>', 'flawed or fixed (default: flawed)')
    .option('--seed <seed>', 'the seed that failed (default: the first that does)')
    .option('--limit <time>', 'how long to go on (default: 10s)')
    .option('--no-futures', 'do not look for the moment of no return')
    .addOption(optionOf('out'))
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('./commands/shrink.ts')).shrink));

  configured(
    command(
      program,
      'check',
      "judge stored histories: ours, Jepsen's, Knossos', elle-cli's, Porcupine's, Plume's, AWDIT's, dbcop's; .gz too",
      [
        'pitchpole check history.jsonl',
        'pitchpole check logs/*.log --model cas-register',
        'pitchpole check history.edn --consistency snapshot-isolation --certificate',
      ],
    ),
  )
    .argument('<file...>')
    .option('--model <name>', 'what the operations act on (default: as the format, the header or the operations say)')
    .option('--consistency <level>', 'what must hold, such as sequential or serializable (default: the strongest)')
    .option('--format <name>', 'the format of the files (default: found out from their content)')
    .option('--initial <json>', 'what a register holds at first (default: null; 0 for several registers)')
    .option('--independent', 'every value is [key value], as of jepsen.independent')
    .option(
      '--certificate',
      'print the evidence: an order that explains the history, or the few operations that have none',
    )
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('./commands/check.ts')).check));

  command(program, 'convert', "write a history of any format as Jepsen's EDN or as our JSON lines", [
    'pitchpole convert history.jsonl --to edn --output history.edn',
  ])
    .argument('<file>')
    .requiredOption('--to <format>', 'edn or jsonl')
    .option('-o, --output <file>', 'where to write (default: standard output)')
    .option('--format <name>', 'the format of the file (default: found out from its content)')
    .option('--independent', 'every value is [key value], as of jepsen.independent')
    .action(does(async () => (await import('./commands/convert.ts')).convert));

  command(program, 'report', 'write the reports of a stored run again, and print the path', [
    'pitchpole report',
    'pitchpole report .pitchpole/runs/20260101-120000',
  ])
    .argument('[run]', "the run's folder or id (default: the last one)")
    .addOption(optionOf('out'))
    .action(does(async () => (await import('./commands/report.ts')).report));

  configured(
    command(program, 'doctor', 'say what this machine can and cannot do', [
      'pitchpole doctor',
      'pitchpole doctor --clean',
    ]),
  )
    .argument('[target]', 'also whether this target could be run')
    .option('--clean', 'remove whatever dead runs left behind: containers, networks, volumes')
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('./commands/doctor.ts')).doctor));

  return program;
}

function command(program: Command, name: string, about: string, examples: readonly string[]): Command {
  return program
    .command(name)
    .description(about)
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`);
}

const configured = (command: Command): Command =>
  command.option('--config <file>', 'the config file (default: pitchpole.config.ts where there is one)');
