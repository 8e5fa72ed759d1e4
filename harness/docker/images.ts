/**
 * Where images come from. With a registry: upon the official Node image of Debian. Without one: from the packages of the
 * machine's own Debian, unpacked side by side (no root, no debootstrap, no maintainer scripts) and imported.
 *
 * The surprise: the second way ships the very Node binary that runs this process, so that nodes in containers run on
 * what the tests ran on. An image is made once; its tag is a hash of all that went into it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { HarnessError } from '../core/errors.ts';
import type { ImageRecipe } from '../core/target.ts';
import { copyNode, download, furnish, mergedFolders, unpack } from './debian-root.ts';
import { drain, type Engine, imageLabel, reasonOf, statusOf } from './engine.ts';
import { tarball } from './tarball.ts';

/** Changes when the way of making images changes, so that old ones are not mistaken for new. */
const generation = 1;

/** What the fault agent calls: namespaces and loop devices, packet filters, file systems, and perl for one ioctl. */
const basePackages = [
  ...['bash', 'dash', 'coreutils', 'libc-bin', 'grep', 'sed', 'findutils', 'hostname', 'procps', 'tar', 'perl-base'],
  ...['util-linux', 'mount', 'iptables', 'iproute2', 'e2fsprogs'],
];
/** What the Node binary is linked against; the official image has them already. */
const nodeLibraries = ['libc6', 'libstdc++6', 'libgcc-s1'];

export interface ImageOptions {
  readonly engine: Engine;
  readonly progress?: ((text: string) => void) | undefined;
}

/** Reference of the base image, made where it is missing. Nodes of mechanisms and the fault agent run on it. */
export async function baseImage({ engine, progress }: ImageOptions): Promise<string> {
  const reference = baseReference();
  if (await exists(engine, reference)) return reference;
  const from = `node:${process.versions.node.split('.')[0]}-bookworm-slim`;
  try {
    if (await pulled(engine, from, progress)) {
      const run = `RUN ${installLine(basePackages)}`;
      await buildUpon(engine, reference, 'base', [`FROM ${from}`, run], [], progress);
    } else {
      progress?.('no registry answers: making the base image from the packages of this Debian');
      await bootstrapBase(engine, reference, progress);
    }
  } catch (cause) {
    throw imageError('base', cause);
  }
  return reference;
}

/** Reference of a target's image: Debian packages upon the base. */
export async function targetImage(recipe: ImageRecipe, { engine, progress }: ImageOptions): Promise<string> {
  const base = await baseImage({ engine, progress });
  const reference = `pitchpole/${recipe.name}:${hashOf(base, ...recipe.packages)}`;
  if (await exists(engine, reference)) return reference;
  progress?.(`making the image of ${recipe.name} (${recipe.packages.join(', ')})`);
  try {
    if (await hasApt(engine, base)) {
      await buildUpon(
        engine,
        reference,
        recipe.name,
        [`FROM ${base}`, `RUN ${installLine(recipe.packages)}`],
        [],
        progress,
      );
    } else {
      await layerUpon(engine, reference, recipe, base, progress);
    }
  } catch (cause) {
    throw imageError(recipe.name, cause);
  }
  return reference;
}

/** The tag that the base image has on this machine, whether or not it is there. */
export const baseReference = (): string =>
  `pitchpole/base:${hashOf(process.version, process.arch, ...basePackages, ...nodeLibraries)}`;

const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([generation, ...parts]))
    .digest('hex')
    .slice(0, 12);

const installLine = (packages: readonly string[]): string =>
  `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')} && rm -rf /var/lib/apt/lists/*`;

async function exists(engine: Engine, reference: string): Promise<boolean> {
  try {
    await engine.getImage(reference).inspect();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

/** False where the registry does not answer, or does not know the image: both mean that we must help ourselves. */
async function pulled(engine: Engine, reference: string, progress?: (text: string) => void): Promise<boolean> {
  if (await exists(engine, reference)) return true;
  try {
    await drain(await engine.pull(reference), progress);
    return true;
  } catch {
    return false;
  }
}

/** An image bootstrapped by us has no package manager of its own, and says so in its label. */
async function hasApt(engine: Engine, reference: string): Promise<boolean> {
  const { Config } = await engine.getImage(reference).inspect();
  return Config.Labels?.[bootstrapLabel] === undefined;
}

const bootstrapLabel = 'pitchpole.bootstrapped';

async function bootstrapBase(engine: Engine, reference: string, progress?: (text: string) => void): Promise<void> {
  await inFolder(async (folder) => {
    const root = join(folder, 'root');
    const packages = await download(folder, [...basePackages, ...nodeLibraries], progress);
    await unpack(packages, root);
    await furnish(root);
    await copyNode(root);
    const archive = join(folder, 'root.tar');
    await execa('tar', ['-C', root, '--owner=0', '--group=0', '--numeric-owner', '-cf', archive, '.']);
    const [repo, tag] = reference.split(':');
    const names = packages.map((file) => file.split('/').pop() as string);
    const changes = [
      'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'ENV LANG=C.UTF-8',
      `LABEL ${imageLabel}=base`,
      // So that an image upon this one unpacks only what is not here yet.
      `LABEL ${bootstrapLabel}=${names.map((name) => name.split('_')[0]).join(',')}`,
    ];
    // The library takes a stream as well as a name; `changes` is repeated in the query, which it does for arrays.
    await drain(await engine.importImage(createReadStream(archive), { repo, tag, changes }));
    progress?.(`${reference} is made of ${packages.length} packages`);
  });
}

async function layerUpon(
  engine: Engine,
  reference: string,
  recipe: ImageRecipe,
  base: string,
  progress?: (text: string) => void,
): Promise<void> {
  const { Config } = await engine.getImage(base).inspect();
  const present = new Set((Config.Labels?.[bootstrapLabel] ?? '').split(','));
  await inFolder(async (folder) => {
    const root = join(folder, 'root');
    const packages = await download(folder, recipe.packages, progress);
    const missing = packages.filter((file) => !present.has(file.split('/').pop()?.split('_')[0] as string));
    await unpack(missing, root);
    // Only what lies below the merged folders: a layer that brought `/bin` as a link would replace the folder.
    const archive = join(folder, 'layer.tar');
    const folders = (await readdir(root)).filter((name) => !mergedFolders.includes(name));
    await execa('tar', ['-C', root, '--owner=0', '--group=0', '--numeric-owner', '-cf', archive, ...folders]);
    await writeFile(join(folder, 'Dockerfile'), dockerfile(recipe.name, [`FROM ${base}`, 'ADD layer.tar /']));
    const context = { context: folder, src: ['Dockerfile', 'layer.tar'] };
    await drain(await engine.buildImage(context, { t: reference, forcerm: true }), progress);
  });
}

async function buildUpon(
  engine: Engine,
  reference: string,
  name: string,
  lines: readonly string[],
  files: Parameters<typeof tarball>[0],
  progress?: (text: string) => void,
): Promise<void> {
  const { Readable } = await import('node:stream');
  const context = tarball([{ name: 'Dockerfile', bytes: dockerfile(name, lines) }, ...files]);
  await drain(await engine.buildImage(Readable.from([context]), { t: reference, forcerm: true }), progress);
}

const dockerfile = (name: string, lines: readonly string[]): string =>
  [...lines, `LABEL ${imageLabel}=${name}`, ''].join('\n');

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pitchpole-image-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function imageError(name: string, cause: unknown): HarnessError {
  const missingTool = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const reason = missingTool ? 'no registry answers, and this is no Debian to make it from' : reasonOf(cause);
  return new HarnessError({
    code: 'missing',
    message: `No image for \`${name}\` (${reason}).`,
    hint: 'Give the engine a registry, or run on Debian; `pitchpole doctor` says what is missing.',
    cause,
  });
}
