/**
 * A Debian root made by hand: packages fetched by the machine's own apt and unpacked side by side, the few files that
 * their scripts would have written, and the Node that runs this process. Needs no root and no debootstrap.
 */
import { access, copyFile, cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * Fetches packages and all that they depend on, as if nothing were installed, with the machine's own apt and its own
 * sources and keys. Needs no root: its state, cache and lock are in our folder.
 */
export async function download(
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

/** Folders of the root that are links into /usr. */
export const mergedFolders = ['bin', 'sbin', 'lib', 'lib64'];

/** Files only: nothing is configured, no script is run. Folders that Debian merged into /usr are links from the start. */
export async function unpack(packages: readonly string[], root: string): Promise<void> {
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
export async function furnish(root: string): Promise<void> {
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
export async function copyNode(root: string): Promise<void> {
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
