/**
 * A folder in one piece: the POSIX ustar format that the engine's archive and build calls take. Two dozen lines instead
 * of a dependency, because we only ever pack a few plain files.
 */
export interface PackedFile {
  /** Path inside the archive, at most 100 bytes. */
  readonly name: string;
  readonly bytes: Uint8Array | string;
  readonly mode?: number;
}

/** Folders on the way are made by whoever unpacks. */
export function tarball(files: readonly PackedFile[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { name, bytes, mode = 0o644 } of files) {
    const content = Buffer.from(bytes);
    blocks.push(header(name, mode, content.length), content, Buffer.alloc(padding(content.length)));
  }
  blocks.push(Buffer.alloc(1024));
  return Buffer.concat(blocks);
}

const padding = (length: number): number => (512 - (length % 512)) % 512;

function header(name: string, mode: number, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`name too long for a ustar archive: ${name}`);
  const block = Buffer.alloc(512);
  const octal = (value: number, offset: number, width: number): void => {
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, offset, 'ascii');
  };
  block.write(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.fill(' ', 148, 156);
  block.write('0', 156);
  block.write('ustar\u000000', 257, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}
