/**
 * The app's script and style, as text to be poured into every page. Built once into `dist` by `build.mjs`; when the
 * harness runs from its sources they are bundled on the spot, so that no stale build can slip into a test.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { HarnessError } from '../../harness/core/errors.ts';

export interface Assets {
  readonly script: string;
  readonly style: string;
}

let loaded: Assets | undefined;

export function assets(): Assets {
  loaded ??= import.meta.url.endsWith('.ts') ? bundle(new URL('./app/', import.meta.url)) : read();
  return loaded;
}

function read(): Assets {
  const file = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
  try {
    return { script: file('./app.js'), style: file('./app.css') };
  } catch (cause) {
    throw new HarnessError({
      code: 'broken',
      message: `The report's script ${fileURLToPath(new URL('./app.js', import.meta.url))} is missing.`,
      hint: 'Run `npm run build` in the repository, or install the package again.',
      cause,
    });
  }
}

/** @param sources folder of the app's `main.ts` and `style.css`. */
function bundle(sources: URL): Assets {
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const { outputFiles } = buildSync({
    entryPoints: ['main.ts', 'style.css'].map((name) => fileURLToPath(new URL(name, sources))),
    outdir: '/',
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['chrome109', 'firefox115', 'safari16.4'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
  });
  const text = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  // What is left of line breaks is in templates, where between tags they mean nothing.
  const script = text('.js')
    .replace(/\n +/g, '\n')
    .replace(/([>}])\n([<$])/g, '$1$2');
  return { script, style: text('.css') };
}

/**
 * Bundles the app from its sources into a folder; called by the build.
 * @public
 */
export function writeAssets(sources: URL, folder: URL): Assets {
  const built = bundle(sources);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('app.js', folder), built.script);
  writeFileSync(new URL('app.css', folder), built.style);
  return built;
}
