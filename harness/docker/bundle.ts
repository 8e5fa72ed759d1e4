/**
 * The two programs that run inside containers, each as one file: a container holds Node and nothing else, so they must
 * carry all that they import. From an installed package they lie ready in `dist/container`; from the sources they are
 * bundled when first asked for, which takes a tenth of a second.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const built = import.meta.url.endsWith('.js');
const cache = new Map<string, Promise<string>>();

/** The program of the fault agent. */
export const agentProgram = (): Promise<string> =>
  built ? ready('agent') : bundled(fileURLToPath(new URL('./agent.ts', import.meta.url)));

/**
 * The program that runs a mechanism's node.
 * @param file its source when it is not the one that knows all targets of the house
 */
export const nodeProgram = (file?: string): Promise<string> =>
  file === undefined && built
    ? ready('entry')
    : bundled(file ?? fileURLToPath(new URL('../cli/container-entry.ts', import.meta.url)));

const ready = (name: string): Promise<string> =>
  readFile(new URL(`../../container/${name}.js`, import.meta.url), 'utf8');

function bundled(file: string): Promise<string> {
  const known = cache.get(file);
  if (known !== undefined) return known;
  const made = bundle(file);
  cache.set(file, made);
  return made;
}

async function bundle(file: string): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'silent',
    // Libraries that still ask for modules in the old way need a `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    alias: {
      // A config file speaks of this package by its name, whatever is installed beside it.
      pitchpole: source(built ? '../index.js' : '../index.ts'),
      // From the sources the workspace packages are not built; their sources are.
      ...(built
        ? {}
        : {
            'porcupine-ts': source('../../checkers/porcupine/src/index.ts'),
            'elle-ts': source('../../checkers/elle/src/index.ts'),
          }),
    },
  });
  return outputFiles[0]?.text ?? '';
}

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
