/**
 * Jepsen's, Knossos' and elle-cli's histories in EDN: one vector of operation maps, or one map after the other, tagged
 * (`#jepsen.history.Op{…}`) or not.
 *
 * A read of `nil` stays null, and whether that means "saw nothing" (an empty register) or "not known" (Knossos) is for the
 * checker to be told.
 */
import { readForms } from './edn-reader.ts';
import { fromOpMaps, type Reading } from './op-maps.ts';
import type { ParsedHistory } from './pairing.ts';

/** Throws a HarnessError that names file, line and what was expected there. */
export const readEdn = (text: string, file: string, reading?: Reading): ParsedHistory =>
  fromOpMaps(readForms(text, file), file, reading);
