/**
 * A history file as its bytes came: unpacked where it is gzip (whatever its name says), and as text where it is text.
 *
 * The surprise is how much is refused. A file that unpacks to more than 400 MB is one (a small file may unpack to anything),
 * an archive that is cut off or followed by something else another, and text that is not UTF-8 a third: whatever a reader
 * would skip in silence might have changed the verdict.
 */
import { isUtf8 } from 'node:buffer';
import { gunzipSync, type InflateRaw } from 'node:zlib';
import { HarnessError } from '../../core/errors.ts';
import { isDbcopBinary } from './dbcop-binary.ts';
import { malformed } from './pairing.ts';

/** Of the unpacked file, in bytes. JavaScript's strings end at 536 870 888 characters. */
export const largest = 400_000_000;

export type Source =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'dbcop-binary'; readonly bytes: Uint8Array };

/** Throws a HarnessError (`bad-input`). */
export function sourceOf(packed: Uint8Array, file: string, most = largest): Source {
  const bytes = packed[0] === 0x1f && packed[1] === 0x8b ? unpacked(packed, file, most) : packed;
  if (bytes.byteLength > most) throw refusal(`${file}: it has more than ${most} bytes.`, 'Check it in parts.');
  if (isDbcopBinary(bytes)) return { kind: 'dbcop-binary', bytes };
  if (!isUtf8(bytes)) throw notText(bytes, file);
  return { kind: 'text', text: new TextDecoder().decode(bytes) };
}

function unpacked(packed: Uint8Array, file: string, most: number): Uint8Array {
  try {
    const { buffer, engine } = gunzipSync(packed, { maxOutputLength: most, info: true } as object) as unknown as {
      readonly buffer: Uint8Array;
      readonly engine: InflateRaw;
    };
    if (engine.bytesWritten !== packed.byteLength) {
      throw refusal(
        `${file}: the gzip archive ends after ${engine.bytesWritten} of its ${packed.byteLength} bytes.`,
        'Remove what follows it.',
      );
    }
    return buffer;
  } catch (cause) {
    if (cause instanceof HarnessError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw refusal(`${file}: it unpacks to more than ${most} bytes.`, 'Check it in parts.');
    throw refusal(`${file}: it begins as gzip does and cannot be unpacked: ${message}.`, 'Pack it again.', cause);
  }
}

/** No byte of a longer character is a newline, so the lines can be looked at one by one. */
function notText(bytes: Uint8Array, file: string): HarnessError {
  for (let from = 0, line = 1; ; line++) {
    const end = bytes.indexOf(10, from);
    const content = bytes.subarray(from, end < 0 ? undefined : end);
    if (end < 0 || !isUtf8(content)) return malformed(file, line, 'text in UTF-8', new TextDecoder().decode(content));
    from = end + 1;
  }
}

const refusal = (message: string, hint: string, cause?: unknown): HarnessError =>
  new HarnessError({ code: 'bad-input', message, hint, cause });
