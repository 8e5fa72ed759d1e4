/**
 * Where images come from. With a registry: upon the official Node image of Debian. Without one: from the packages of the
 * machine's own Debian, unpacked side by side (no root, no debootstrap, no maintainer scripts) and imported.
 *
 * The surprise: the second way ships the very Node binary that runs this process, so that nodes in containers run on
 * what the tests ran on. An image is made once; its tag is a hash of all that went into it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, copyFile, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { HarnessError } from '../core/errors.ts';
import type { ImageRecipe } from '../core/target.ts';
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

/**
 * Fetches packages and all that they depend on, as if nothing were installed, with the machine's own apt and its own
 * sources and keys. Needs no root: its state, cache and lock are in our folder.
 */
async function download(
  folder: string,
  packages: readonly string[],
  progress?: (text: string) => void,
): Promise<string[]> {
  const archives = join(folder, 'archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  const settings = [
    `Dir::State::status=${join(folder, 'status')}`,
    `Dir::Cache=${folder}`,
    `Dir::Cache::archives=${archives}`,
    'APT::Install-Recommends=false',
    'Acquire::Languages=none',
    'Debug::NoLocking=1',
    // Root's apt gives its rights away for downloads, and that user may not write into a private folder.
    'APT::Sandbox::User=root',
  ];
  const apt = (more: readonly string[], ...command: readonly string[]) =>
    execa('apt-get', [...[...settings, ...more].flatMap((setting) => ['-o', setting]), '-qq', ...command], {
      env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    });
  const install = ['install', '-y', '--download-only', ...packages];
  progress?.(`fetching ${packages.length} packages and what they depend on`);
  try {
    await apt([], ...install);
  } catch {
    // The machine's lists are empty or stale: fetch fresh ones into our folder.
    const own = [`Dir::State::lists=${join(folder, 'lists')}`];
    await apt(own, 'update');
    await apt(own, ...install);
  }
  const files = (await readdir(archives)).filter((name) => name.endsWith('.deb')).sort();
  return files.map((name) => join(archives, name));
}

const mergedFolders = ['bin', 'sbin', 'lib', 'lib64'];

/** Files only: nothing is configured, no script is run. Folders that Debian merged into /usr are links from the start. */
async function unpack(packages: readonly string[], root: string): Promise<void> {
  for (const name of mergedFolders) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(join('usr', name), join(root, name));
  }
  const skip = ['doc', 'man', 'locale', 'info', 'lintian', 'bash-completion'].map((name) => `./usr/share/${name}/*`);
  for (const file of packages) {
    const options = [
      '-x',
      '--keep-directory-symlink',
      '--no-same-owner',
      '-p',
      ...skip.map((path) => `--exclude=${path}`),
    ];
    await execa('dpkg-deb', ['--fsys-tarfile', file], { encoding: 'buffer', buffer: false }).pipe('tar', [
      ...['-C', root],
      ...options,
    ]);
  }
}

/** What maintainer scripts would have made and we need: a shell's name, users, the chosen iptables. */
async function furnish(root: string): Promise<void> {
  for (const name of ['tmp', 'run', 'data', 'root', 'proc', 'sys', 'dev', 'etc', 'var/tmp']) {
    await mkdir(join(root, name), { recursive: true });
  }
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  await writeFile(join(root, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
  await symlink('dash', join(root, 'usr/bin/sh')).catch(ifPresent);
  for (const name of ['iptables', 'iptables-save', 'iptables-restore']) {
    await symlink(`xtables-nft-multi`, join(root, 'usr/sbin', name)).catch(ifPresent);
  }
}

function ifPresent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** The running Node, and those of its libraries that the packages did not bring. */
async function copyNode(root: string): Promise<void> {
  if (process.platform !== 'linux')
    throw new Error(`this machine's Node is built for ${process.platform}, not for Linux`);
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  const place = join(root, 'usr/local/bin/node');
  await copyFile(process.execPath, place);
  await execa('chmod', ['755', place]);
  const { stdout } = await execa('ldd', [process.execPath], { reject: false });
  for (const [library] of stdout.matchAll(/\/[^ )]+/g)) {
    if (
      await access(join(root, library)).then(
        () => true,
        () => false,
      )
    )
      continue;
    await mkdir(join(root, library, '..'), { recursive: true });
    await cp(library, join(root, library), { dereference: true });
  }
}

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
